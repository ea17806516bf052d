/** What goes wrong on purpose: an engine that is killed, one that gets no more memory, a model file that is cut short. */
import { execFile } from 'node:child_process';
import { copyFile, link, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { startEngine } from '../../engine/engine.ts';
import { type NamedModel, type PoolContext, poolMemory, processMemory, recipeOf } from './pool-context.ts';

/** No page more than it has: the next allocation that is not served from what it holds fails, in whatever code that is. */
const noFurtherBytes = 1;

/** @throws where the system has no prlimit (util-linux) */
export async function denyMemory(pid: number): Promise<void> {
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

  /** Those who load it from now on get its first part only. */
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

// The model loaded, used and unloaded again and again in one process: what it keeps, and whether that grows.

const promptTokens = 16;
const firstPlainToken = 5;

export async function measureCycles(context: PoolContext, model: NamedModel): Promise<void> {
  const { plan, workload, write, now, signal, reporter, originNs } = context;
  if (workload.cycles === 0) return;
  const { framework, settings, timeoutMs } = recipeOf(context, model, 1, 1);
  await using engine = await startEngine({ framework, originNs, settings, timeoutMs });
  const stop = () => void engine[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop);
  try {
    await engine.probe();
    for (let cycle = 0; cycle < workload.cycles; cycle++) {
      signal.throwIfAborted();
      reporter.progress(cycle, workload.cycles);
      const startNs = now();
      context.tellEffective(await engine.load(model.model.path, settings));
      const loadNs = now() - startNs;
      await engine.generate({
        prompt: Array.from({ length: promptTokens }, (_, i) => firstPlainToken + i),
        maxTokens: workload.maxTokens,
        temperature: 0,
        seed: plan.seed,
        ignoreEndOfSequence: true,
        reusePrefix: false,
        stream: false,
      });
      const loaded = await poolMemory([engine]);
      await engine.unload();
      write({ type: 'pool_cycle', cycle, loadNs, loaded, unloaded: await processMemory([engine]) });
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
