/** What goes wrong on purpose: an engine that is killed, one that gets no more memory, a model file that is cut short. */
import { execFile } from 'node:child_process';
import { copyFile, link, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { oneLine } from '../../command-line/errors.ts';
import type { Clock } from '../../engine/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Fault, PoolRecoveryRecord } from './records.ts';

/** Longer than it takes an engine to start, to notice that it has no memory, and to wait for its next try. */
export const patienceMs = 120_000;

/** Not one page more than it has: the next allocation that is not served from what it holds fails, in any code. */
const noFurtherBytes = 1;

/** @throws where the system has no prlimit (util-linux) */
async function denyMemory(pid: number): Promise<void> {
  await promisify(execFile)('prlimit', [`--as=${noFurtherBytes}`, '--pid', String(pid)]);
}

/** Enough for the header of a file, and never the whole of it. */
const mostCutBytes = 4_000_000;

/** A model file in a place of its own, which can be broken and made whole again while engines have it mapped. */
export class BreakableFile implements AsyncDisposable {
  readonly path: string;
  readonly #original: string;
  readonly #folder: string;

  private constructor(original: string, folder: string) {
    this.#original = original;
    this.#folder = folder;
    this.path = join(folder, basename(original));
  }

  static async of(original: string): Promise<BreakableFile> {
    const file = new BreakableFile(original, await mkdtemp(join(tmpdir(), 'tokenlap-pool-')));
    await file.mend();
    return file;
  }

  /** Engines that load it from now on get its first part only. */
  async cutShort(): Promise<void> {
    const part = join(this.#folder, 'part');
    await using source = await open(this.#original);
    const { size } = await source.stat();
    const { buffer, bytesRead } = await source.read(Buffer.alloc(Math.min(mostCutBytes, Math.floor(size / 2))));
    await using target = await open(part, 'w');
    await target.write(buffer, 0, bytesRead);
    // A new file under the old name: what is mapped stays whole.
    await rename(part, this.path);
  }

  async mend(): Promise<void> {
    const whole = join(this.#folder, 'whole');
    // On another disk there are no links.
    await link(this.#original, whole).catch(() => copyFile(this.#original, whole));
    await rename(whole, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Does it, waits until an engine is gone, and takes away again what is in the way of a new one.
 * @param engines that are up
 * @param untilRefused resolves with the instant at which a client was refused; null where none was
 */
export async function inject(
  fault: Fault,
  engines: readonly Engine[],
  { file, now, untilRefused }: { file: BreakableFile | null; now: Clock; untilRefused: () => Promise<number | null> },
): Promise<Pick<PoolRecoveryRecord, 'faultNs' | 'goneNs' | 'clearedNs' | 'note'>> {
  const [victim] = engines;
  if (victim === undefined) throw new Error('a pool without an engine');
  const faultNs = now();
  switch (fault) {
    case 'killed': {
      process.kill(victim.pid, 'SIGKILL');
      const failure = await victim.ended;
      const goneNs = now();
      return { faultNs, goneNs, clearedNs: goneNs, note: `one of ${engines.length} engines: ${oneLine(failure)}` };
    }
    case 'out_of_memory': {
      try {
        await denyMemory(victim.pid);
      } catch (error) {
        return { faultNs: null, goneNs: null, clearedNs: null, note: `no limit could be set: ${oneLine(error)}` };
      }
      const failure = await Promise.race([victim.ended, sleep(patienceMs, undefined, { ref: false })]);
      if (failure === undefined) {
        const note = `it went on for ${patienceMs / 1000} s without asking for memory`;
        return { faultNs, goneNs: null, clearedNs: null, note };
      }
      const goneNs = now();
      const note = `one of ${engines.length} engines, its address space limited: ${oneLine(failure)}`;
      return { faultNs, goneNs, clearedNs: goneNs, note };
    }
    case 'broken_model': {
      await file?.cutShort();
      for (const { pid } of engines) process.kill(pid, 'SIGKILL');
      await Promise.all(engines.map(({ ended }) => ended));
      const goneNs = now();
      const refusedNs = await untilRefused();
      await file?.mend();
      const clearedNs = now();
      const seconds = ((clearedNs - faultNs) / 1e9).toFixed(1);
      const until = refusedNs === null ? 'though no client was refused' : 'until a client was refused';
      const note = `all ${engines.length} engines killed, the model file cut short for ${seconds} s, ${until}`;
      return { faultNs, goneNs, clearedNs, note };
    }
    default:
      return fault satisfies never;
  }
}
