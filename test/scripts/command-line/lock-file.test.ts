import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HeldLock, isOwner, takeLockFile } from '../../../scripts/command-line/lock-file.ts';
import { isRunning, processStart } from '../../../scripts/command-line/running-process.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { notOnLinux, skipped } from '../../fakes/skipped.ts';

const racer = fileURLToPath(new URL('./racing-for-a-lock.ts', import.meta.url));

function held(path: string): HeldLock {
  const taken = takeLockFile(path, { work: 'test' });
  if (isOwner(taken)) throw new Error(`process ${taken.pid} has it`);
  return taken;
}

const contentOf = (pid: number, start: string | null, host = hostname()) =>
  JSON.stringify({ pid, hostname: host, start, work: 'x', mark: 'm' });

/** Its parent does not ask how it ended: a zombie for as long as the parent lives. */
async function zombie(): Promise<number> {
  const code = 'import os,sys,time\npid=os.fork()\nif pid==0: os._exit(0)\nprint(pid,flush=True)\ntime.sleep(60)';
  const parent = spawn('python3', ['-c', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await new Promise(setImmediate);
  return pid;
}

const elsewhere = skipped(notOnLinux, 'a lock of a process of Linux: needs Linux');
describe.skipIf(elsewhere)('a lock of a process of Linux', () => {
  it('holds nothing once its owner is dead, reaped or not', async () => {
    const pid = await zombie();
    expect(isRunning(pid)).toBe(false);
    const path = join(outputFolder(), '.lock');
    writeFileSync(path, contentOf(pid, processStart(pid)));
    expect(held(path).takenOver).toBe(true);
  });

  it('is not held by a later process that got the number of its owner', () => {
    const other = spawn('sleep', ['30']);
    onTestFinished(() => void other.kill('SIGKILL'));
    const pid = other.pid ?? 0;
    const path = join(outputFolder(), '.lock');
    writeFileSync(path, contentOf(pid, processStart(pid)));
    expect(takeLockFile(path, { work: 'test' })).toMatchObject({ pid, work: 'x' });
    writeFileSync(path, contentOf(pid, `${processStart(pid)}0`));
    expect(held(path).takenOver).toBe(true);
  });
});

describe('a lock', () => {
  it('is refused to another one of the same process, and free again after it', () => {
    const path = join(outputFolder(), '.lock');
    const first = held(path);
    expect(takeLockFile(path, { work: 'second' })).toMatchObject({ pid: process.pid, work: 'test' });
    first.release();
    const second = held(path);
    expect(second.takenOver).toBe(false);
    first.release();
    expect(second.isHeld()).toBe(true);
  });

  it('of another machine is stale by its age only, and only where it is touched', () => {
    const path = join(outputFolder(), '.lock');
    writeFileSync(path, contentOf(1, null, 'elsewhere'));
    expect(takeLockFile(path, { work: 'test', staleMs: 60_000 })).toMatchObject({ hostname: 'elsewhere' });
    utimesSync(path, 0, 0);
    expect(takeLockFile(path, { work: 'test' })).toMatchObject({ hostname: 'elsewhere' });
    expect(isOwner(takeLockFile(path, { work: 'test', staleMs: 60_000 }))).toBe(false);
  });

  it('is taken over where one that was taking it over died at that too', () => {
    const folder = outputFolder();
    const path = join(folder, '.lock');
    const [first, second] = [contentOf(4_999_999, 'first'), contentOf(4_999_998, 'second')];
    writeFileSync(path, first);
    const digest = createHash('sha256').update(first).digest('hex').slice(0, 32);
    writeFileSync(`${path}-after-${digest}`, second);
    expect(held(path).isHeld()).toBe(true);
    expect(readdirSync(folder)).toEqual(['.lock']);
  });

  it('of a dead process is taken over by one of those who want it, however many processes try at once', async () => {
    const folder = outputFolder();
    const [processes, times] = [12, 40];
    writeFileSync(join(folder, '.lock'), contentOf(4_999_999, 'x'));
    const racing = Array.from({ length: processes }, (_, index) =>
      spawn(process.execPath, ['--import', 'tsx', racer, folder, String(index), String(times)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    setTimeout(() => writeFileSync(join(folder, 'go'), ''), 3000);
    const told = await Promise.all(racing.map(async ({ stdout }) => JSON.parse(await text(stdout))));
    expect(told).toEqual(told.map(() => ({ had: times, met: 0 })));
    expect(readdirSync(folder).filter((name) => name.startsWith('.lock-'))).toEqual([]);
  }, 120_000);
});
