/**
 * Says what the measurements mean: mean, median, extremes, deviation and interval of every group of runs, and which
 * framework is faster than which, with everything such a verdict needs: parity first of all. With --as, shows one run under
 * the formulas of another tool.
 *
 * Reads   <output>/runs.csv, or one raw log
 * Writes  tables to the terminal, or JSON
 *
 *     npx tsx collate/analyze.ts
 *     npx tsx collate/analyze.ts --as vllm benchmark_output/raw/llamacpp/LOG.txt
 */
import { isMain, run } from '../scripts/command-line/program.ts';
import { analyzeCommand } from './analysis/analyze-command.ts';

if (isMain(import.meta.url)) await run(() => analyzeCommand(process.argv.slice(2)));
