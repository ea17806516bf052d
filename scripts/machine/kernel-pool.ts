/** Threads that run a kernel together over one shared memory; a pass takes from the first start to the last end. */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../command-line/typescript-thread.ts';
import type { KernelJob, KernelName, KernelThread, KernelTimes } from './kernel-job.ts';
import { type CompiledKernels, compileKernels } from './wasm/compile.ts';
import { blockBytes } from './wasm/kernels.ts';

const wasmPageBytes = 65_536;

/** Where a thread works, and on how much. */
export interface Part {
  start: number;
  bytes: number;
}

interface PassRequest {
  kernel: KernelName;
  threads: number;
  /** The function's arguments, for each thread. */
  argumentsOf: (thread: number) => number[];
  repeats: number;
  passes: number;
}

export interface KernelPool extends AsyncDisposable {
  readonly threads: number;
  readonly method: CompiledKernels['method'];
  /** Durations of the passes, nanoseconds. */
  run(request: PassRequest): Promise<number[]>;
}

/** @param memoryBytes of the memory that all threads share */
export async function startKernelPool(threads: number, memoryBytes: number): Promise<KernelPool> {
  const { module, method } = compileKernels();
  const pages = Math.max(1, Math.ceil(memoryBytes / wasmPageBytes));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const barrier = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const workerData: KernelThread = { module, memory, barrier };
  const workers = Array.from({ length: threads }, () =>
    startThread(import.meta.resolve('./kernel-thread.ts'), { workerData }),
  );
  const run: KernelPool['run'] = async ({ kernel, threads, argumentsOf, repeats, passes }) => {
    const times = await Promise.all(
      workers
        .slice(0, threads)
        .map((worker, thread) => ask(worker, { kernel, arguments: argumentsOf(thread), repeats, passes, threads })),
    );
    return durations(times);
  };
  // Each page belongs to the thread, and the memory bank, that touches it first. Ones: no arithmetic is slow with them.
  const parts = partsOf(0, pages * wasmPageBytes, threads);
  const argumentsOf = (thread: number) => [parts[thread]?.start ?? 0, parts[thread]?.bytes ?? 0, 1];
  await run({ kernel: 'fill', threads, argumentsOf, repeats: 1, passes: 1 });
  return {
    threads,
    method,
    run,
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function ask(worker: Worker, job: KernelJob): Promise<KernelTimes> {
  worker.postMessage(job);
  const [times]: KernelTimes[] = await once(worker, 'message');
  if (times === undefined) throw new Error('a thread of the kernel pool sent nothing');
  return times;
}

/** From the first thread's start to the last thread's end, pass by pass. */
function durations(times: readonly KernelTimes[]): number[] {
  const passes = times[0]?.startNs.length ?? 0;
  return Array.from({ length: passes }, (_, pass) => {
    const starts = times.map(({ startNs }) => startNs[pass] ?? 0);
    const ends = times.map(({ endNs }) => endNs[pass] ?? 0);
    return Math.max(...ends) - Math.min(...starts);
  });
}

/** Equal parts for the threads, in whole blocks; what is left over at the end is left out. */
export function partsOf(start: number, bytes: number, threads: number): Part[] {
  const partBytes = Math.floor(bytes / threads / blockBytes) * blockBytes;
  return Array.from({ length: threads }, (_, thread) => ({ start: start + thread * partBytes, bytes: partBytes }));
}
