/** A thread of a kernel pool; started by kernel-pool.ts, never by a person. It runs what it is told and takes the time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { KernelJob, KernelThread, KernelTimes } from './kernel-job.ts';

const { module, memory, barrier }: KernelThread = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const shared = new Int32Array(barrier);
const [arrived, begun] = [0, 1];

parentPort?.on('message', (job: KernelJob) => parentPort?.postMessage(run(job)));

function run({ kernel, arguments: values, repeats, passes, threads }: KernelJob): KernelTimes {
  const times: KernelTimes = { startNs: [], endNs: [] };
  const work = exports[kernel];
  if (work === undefined) throw new Error(`there is no kernel ${kernel}`);
  for (let pass = 0; pass < passes; pass++) {
    waitForAll(threads);
    const start = process.hrtime.bigint();
    for (let done = 0; done < repeats; done++) work(...values);
    const end = process.hrtime.bigint();
    times.startNs.push(Number(start));
    times.endNs.push(Number(end));
  }
  return times;
}

function waitForAll(threads: number): void {
  const pass = Atomics.load(shared, begun);
  if (Atomics.add(shared, arrived, 1) + 1 === threads) {
    Atomics.store(shared, arrived, 0);
    Atomics.add(shared, begun, 1);
    Atomics.notify(shared, begun);
    return;
  }
  while (Atomics.load(shared, begun) === pass) Atomics.wait(shared, begun, pass);
}
