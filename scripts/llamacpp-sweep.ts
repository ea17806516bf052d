/**
 * Measures one model with llama.cpp in every format of its weights: those that are made from the embedded model, written as
 * random weights, or to be had from the hub. A fresh process and a raw log each; started again, only what is missing runs.
 *
 *   npx tsx scripts/llamacpp-sweep.ts --size tiny
 *   npx tsx scripts/llamacpp-sweep.ts --size 135M --synthetic --workload kernel --dry-run
 */
import { run } from './command-line/program.ts';
import { formatSweep } from './compare/sweeps/format-sweep.ts';

await run(() => formatSweep('llamacpp'));
