/** What the threads of a kernel pool are told, and what they tell. */

/** The part of the standard that is used here; the types of Node leave it out. */
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

export type KernelName = 'fill' | 'read' | 'copy' | 'bulk_copy' | 'triad' | 'f32_arithmetic' | 'int8_arithmetic';

export interface KernelJob {
  kernel: KernelName;
  /** Of the exported function; addresses are those of this thread's part. */
  arguments: readonly number[];
  /** Calls within one pass. */
  repeats: number;
  /** Each begins when all threads are there. */
  passes: number;
  /** How many threads take part. */
  threads: number;
}

/** Of each pass, nanoseconds of the monotonic clock. */
export interface KernelTimes {
  startNs: number[];
  endNs: number[];
}

export interface KernelThread {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Two integers that all threads share: how many have arrived, and how many passes have begun. */
  barrier: SharedArrayBuffer;
}
