/** Runs a sweep again and again, and ends it with SIGKILL at random moments: what a power cut leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';

export interface Killing {
  /** Of the repository. */
  script: string;
  /** Whether it says that it is ready and waits for its standard input to end; then the next one starts ahead. */
  ahead: boolean;
  args: readonly string[];
  /** Where its logs appear. */
  logs: string;
  kills: number;
  /** Most logs that appear before a kill. */
  mostLogs: number;
  /** Most that it then waits. */
  mostMs: number;
  seed: number;
}

const repository = resolve(import.meta.dirname, '../..');

/** @returns the moments of the kills, and how the last process ended, which nobody killed */
export async function killAtRandom(
  killing: Killing,
): Promise<{ moments: string[]; last: number | null; said: string }> {
  const random = seededRandom(killing.seed);
  const moments: string[] = [];
  let next = start(killing);
  for (let kill = 0; kill < killing.kills; kill++) {
    const { child } = next;
    const before = countLogs(killing.logs);
    const logs = Math.floor(random() * (killing.mostLogs + 1));
    const delayMs = random() * killing.mostMs;
    await begin(next);
    const begun = performance.now();
    if (killing.ahead) next = start(killing);
    while (child.exitCode === null && countLogs(killing.logs) < before + logs) await sleep(3);
    await sleep(delayMs);
    if (child.exitCode !== null) throw new Error(`the sweep ended by itself before kill ${kill + 1}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    if (!killing.ahead) next = start(killing);
    moments.push(`${countLogs(killing.logs) - before} logs, ${Math.round(performance.now() - begun)} ms`);
  }
  await begin(next);
  if (next.child.exitCode === null) await once(next.child, 'exit');
  return { moments, last: next.child.exitCode, said: next.said() };
}

interface Started {
  child: ChildProcess;
  ready: Promise<unknown>;
  said: () => string;
}

function start({ script, args, ahead }: Killing): Started {
  const tsx = ['--import', import.meta.resolve('tsx')];
  const child = spawn(process.execPath, [...tsx, resolve(repository, script), ...args], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const ready = !ahead || child.stdout === null ? Promise.resolve() : once(child.stdout, 'data');
  return { child, ready, said: () => said };
}

async function begin({ child, ready }: Started): Promise<void> {
  await ready;
  child.stdin?.end('begin\n');
}

function countLogs(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.txt')).length;
  } catch {
    return 0;
  }
}

export function logsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => join(folder, name));
}
