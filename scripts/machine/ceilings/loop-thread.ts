/** A thread of loop-pool.ts, which starts it. It runs the loops that it receives and measures their time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LoopJob, LoopThread, LoopTimes } from './loop-pool.ts';

const { module, memory, barrier }: LoopThread = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const shared = new Int32Array(barrier);
const [arrived, begun] = [0, 1];

parentPort?.on('message', (job: LoopJob) => parentPort?.postMessage(run(job)));

function run({ loop, arguments: values, repeats, passes, threads }: LoopJob): LoopTimes {
  const times: LoopTimes = { startNs: [], endNs: [] };
  const work = exports[loop];
  if (work === undefined) throw new Error(`there is no loop ${loop}`);
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
