/**
 * How likely a text is under a model, by the chunks and formulas of llama-perplexity: perplexity, and against a reference KL
 * divergence, top-1 agreement and probability shift. Raw logs go to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/perplexity.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/perplexity.ts --size 1B --text ./book.txt --no-reference
 */
import { run } from './command-line/program.ts';
import { perplexityCommand } from './workloads/perplexity/perplexity-command.ts';

await run(perplexityCommand);
