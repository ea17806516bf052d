/**
 * Several answers at a time, by engine processes, by sequences of one engine, and by different models: throughput, latency,
 * fairness and shared memory by level; what loading and unloading leaves behind; and how the pool recovers from a killed engine,
 * one out of memory, and a model that does not load. Appends a raw log to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/resource-pool-benchmark.ts --size tiny
 *   npx tsx scripts/resource-pool-benchmark.ts --size 135M --synthetic --quantize q8_0 --sequences 8
 */
import { run } from './command-line/program.ts';
import { poolCommand } from './workloads/pool/pool-command.ts';

await run(poolCommand);
