import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeSweepLock } from '../../../../scripts/compare/sweeps/ledger.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

function lockOf(output: string, content: string): string {
  const path = join(output, 'sweeps', '.lock');
  mkdirSync(join(output, 'sweeps'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const owner = (pid: number, host = hostname()) => JSON.stringify({ pid, hostname: host, work: 'x', mark: 'm' });

it('lets one sweep at a time into a folder, and another one when that has ended', async () => {
  const output = outputFolder();
  const other = spawn('sleep', ['30']);
  const path = lockOf(output, owner(other.pid ?? 0));
  expect(() => takeSweepLock(output, 'y')).toThrow(`the sweep x is at work in this folder (process ${other.pid})`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = takeSweepLock(output, 'y');
  lock.requireHeld();
  lock[Symbol.dispose]();
  expect(existsSync(path)).toBe(false);
});

it('takes over what a killed process has left, whole or not, but nothing of another machine', () => {
  const output = outputFolder();
  const path = lockOf(output, '{"pid":');
  takeSweepLock(output, 'x')[Symbol.dispose]();
  // The number of this very process, from before a restart that counted anew.
  lockOf(output, owner(process.pid));
  takeSweepLock(output, 'x')[Symbol.dispose]();
  lockOf(output, owner(1, 'elsewhere'));
  expect(() => takeSweepLock(output, 'x')).toThrow(/started on elsewhere/);
  expect(existsSync(path)).toBe(true);
});

it('notices that it was taken away, and leaves it to the new owner', () => {
  const output = outputFolder();
  const lock = takeSweepLock(output, 'x');
  const path = lockOf(output, owner(1));
  expect(() => lock.requireHeld()).toThrow(/another sweep has taken over/);
  lock[Symbol.dispose]();
  expect(existsSync(path)).toBe(true);
});
