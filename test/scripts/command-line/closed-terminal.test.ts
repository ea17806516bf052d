import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { notOnLinux, skipped } from '../../fakes/skipped.ts';

const repository = resolve(import.meta.dirname, '../../..');

it.skipIf(skipped(notOnLinux, 'a closed terminal: needs Linux'))(
  'a run whose terminal is closed ends in order and leaves no process',
  () => {
    const output = outputFolder();
    const told = execFileSync(
      'python3',
      [
        ...[resolve(import.meta.dirname, 'closed_terminal.py'), 'measuring'],
        ...[process.execPath, '--import', 'tsx', 'scripts/llamacpp-benchmark.ts'],
        ...['--size', 'tiny', '--threads', '1', '--iterations', '500', '--no-monitor', '--output', output],
      ],
      { cwd: repository, encoding: 'utf8' },
    );
    const hangUp = 1;
    expect(JSON.parse(told)).toEqual({ shown: true, signal: hangUp, left: [] });
    const folder = join(output, 'raw', 'llamacpp');
    const [log = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, log), 'utf8').trimEnd().split('\n').at(-1)).toContain('stopped by SIGHUP');
  },
  120_000,
);
