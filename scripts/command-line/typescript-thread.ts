/** A thread that runs a file of ours: it does not inherit what lets the process run TypeScript. */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** @param module URL of a TypeScript file */
export function startThread(module: string, options: Omit<WorkerOptions, 'eval'>): Worker {
  const start = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
    register();
    return import(${JSON.stringify(module)});
  });`;
  return new Worker(start, { ...options, eval: true });
}
