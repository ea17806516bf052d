/**
 * Where time goes between an engine's kernels and a user of its endpoint: the same model at four levels, in turns, and one table
 * of milliseconds lost on the way. Each run leaves its raw log under <output>/raw/.
 *
 *   npx tsx scripts/attribution.ts --size tiny
 *   npx tsx scripts/attribution.ts --framework llamacpp --size 1B --synthetic --quantize q4_0 --rounds 5
 */
import { run } from './command-line/program.ts';
import { attributionCommand } from './serve/attribution-command.ts';

await run(attributionCommand);
