import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../../../scripts/command-line/running-process.ts';

const holder = resolve(import.meta.dirname, '../../fakes/engine-holder.ts');
const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
/** The engine would go on generating for a minute. */
const longestMs = 8000;

describe('kill -9 of the harness', () => {
  it.each([
    { host: 'node', model: [] },
    { host: 'python', model: [tiny] },
  ])('ends a $host engine that is generating, so that no run is finished behind its back', async ({ host, model }) => {
    const harness = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), holder, host, ...model], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: unknown[] = await once(harness.stdout, 'data');
    const pid = Number(String(line));
    onTestFinished(() => {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    await sleep(300);
    expect(isRunning(pid)).toBe(true);
    harness.kill('SIGKILL');
    await once(harness, 'exit');
    const killedMs = performance.now();
    while (isRunning(pid) && performance.now() - killedMs < longestMs) await sleep(20);
    expect(isRunning(pid)).toBe(false);
  });
});
