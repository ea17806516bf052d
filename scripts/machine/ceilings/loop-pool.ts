/** Threads that run a loop together over one shared memory; a pass lasts from the first start to the last end. */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../command-line/typescript-thread.ts';
import { arithmeticLoops } from './wasm/arithmetic-loops.ts';
import { assemble } from './wasm/assembler.ts';
import { bandwidthLoops, blockBytes } from './wasm/bandwidth-loops.ts';

/** Compiles the loops with the best instructions that this engine has. */
interface CompiledLoops {
  module: WebAssembly.Module;
  /** The instructions: 'WebAssembly SIMD', or 'WebAssembly relaxed SIMD'. */
  method: string;
}

/** @param relaxed whether to use relaxed SIMD */
export function loopModule(relaxed: boolean): Uint8Array<ArrayBuffer> {
  return assemble([...bandwidthLoops, ...arithmeticLoops(relaxed)]);
}

export function compileLoops(): CompiledLoops {
  // Use the optimising compiler at once: the first passes would otherwise run code of the quick one.
  setFlagsFromString('--no-liftoff');
  const relaxed = loopModule(true);
  // On by default from V8 11.4.
  if (!WebAssembly.validate(relaxed)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxed)
    ? { module: new WebAssembly.Module(relaxed), method: 'WebAssembly relaxed SIMD' }
    : { module: new WebAssembly.Module(loopModule(false)), method: 'WebAssembly SIMD' };
}

const wasmPageBytes = 65_536;

/** The part of a working set that one thread processes. */
export interface Part {
  start: number;
  bytes: number;
}

interface PassRequest {
  loop: LoopName;
  threads: number;
  /** Arguments of the exported function, for each thread. */
  argumentsOf: (thread: number) => number[];
  repeats: number;
  passes: number;
}

export interface LoopPool extends AsyncDisposable {
  readonly threads: number;
  readonly method: CompiledLoops['method'];
  /** Durations of the passes, nanoseconds. */
  run(request: PassRequest): Promise<number[]>;
}

/** @param memoryBytes size of the memory that all threads share */
export async function startLoopPool(threads: number, memoryBytes: number): Promise<LoopPool> {
  const { module, method } = compileLoops();
  const pages = Math.max(1, Math.ceil(memoryBytes / wasmPageBytes));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const barrier = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const workerData: LoopThread = { module, memory, barrier };
  const workers = Array.from({ length: threads }, () =>
    startThread(import.meta.resolve('./loop-thread.ts'), { workerData }),
  );
  const run: LoopPool['run'] = async ({ loop, threads, argumentsOf, repeats, passes }) => {
    const times = await Promise.all(
      workers
        .slice(0, threads)
        .map((worker, thread) => ask(worker, { loop, arguments: argumentsOf(thread), repeats, passes, threads })),
    );
    return durations(times);
  };
  // Each page belongs to the thread, and the memory bank, that touches it first. Ones: no arithmetic is slow with them.
  const parts = partsOf(0, pages * wasmPageBytes, threads);
  const argumentsOf = (thread: number) => [parts[thread]?.start ?? 0, parts[thread]?.bytes ?? 0, 1];
  await run({ loop: 'fill', threads, argumentsOf, repeats: 1, passes: 1 });
  return {
    threads,
    method,
    run,
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function ask(worker: Worker, job: LoopJob): Promise<LoopTimes> {
  worker.postMessage(job);
  const [times]: LoopTimes[] = await once(worker, 'message');
  if (times === undefined) throw new Error('a thread of the pool sent nothing');
  return times;
}

/** From the first thread's start to the last thread's end, pass by pass. */
function durations(times: readonly LoopTimes[]): number[] {
  const passes = times[0]?.startNs.length ?? 0;
  return Array.from({ length: passes }, (_, pass) => {
    const starts = times.map(({ startNs }) => startNs[pass] ?? 0);
    const ends = times.map(({ endNs }) => endNs[pass] ?? 0);
    return Math.max(...ends) - Math.min(...starts);
  });
}

/** Equal parts for the threads, in whole blocks; the rest at the end is omitted. */
export function partsOf(start: number, bytes: number, threads: number): Part[] {
  const partBytes = Math.floor(bytes / threads / blockBytes) * blockBytes;
  return Array.from({ length: threads }, (_, thread) => ({ start: start + thread * partBytes, bytes: partBytes }));
}

/** The part of the standard that is used here and missing in the types of Node. */
declare global {
  namespace WebAssembly {
    class Memory {
      readonly buffer: SharedArrayBuffer;
      constructor(limits: { initial: number; maximum: number; shared: true });
    }
    class Instance {
      readonly exports: Readonly<Record<string, (...values: number[]) => number | bigint | undefined>>;
      constructor(module: Module, imports: { env: { memory: Memory } });
    }
    function validate(bytes: Uint8Array): boolean;
  }
}

type LoopName = 'fill' | 'read' | 'copy' | 'bulk_copy' | 'triad' | 'f32_arithmetic' | 'int8_arithmetic';

export interface LoopJob {
  loop: LoopName;
  /** Arguments of the exported function; addresses are those of this thread's part. */
  arguments: readonly number[];
  /** Calls within one pass. */
  repeats: number;
  /** Each pass begins when all threads have arrived. */
  passes: number;
  /** Number of threads that take part. */
  threads: number;
}

/** Start and end of each pass, nanoseconds of the monotonic clock. */
export interface LoopTimes {
  startNs: number[];
  endNs: number[];
}

export interface LoopThread {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Two integers that all threads share: the number of threads that have arrived, and of passes that have begun. */
  barrier: SharedArrayBuffer;
}
