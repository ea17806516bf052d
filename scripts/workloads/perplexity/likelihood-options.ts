/** The options that say which text is scored, how it is cut, and what it is held against. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { wholeNumber } from '../../command-line/options.ts';
import { defaults } from '../../run/run-plan.ts';
import { parseReference } from '../reference/reference-choice.ts';

/** Of a chunk of fewer, hardly anything is scored. */
const shortestChunk = 16;

export function withLikelihoodOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const { reference, syntheticReference } = defaults.parity;
  return command
    .option('--text <file>', 'text to score, UTF-8 (default: configs/texts/english.txt)')
    .option(
      '--chunk <tokens>',
      `tokens of a chunk, the context of llama-perplexity (default: ${defaults.perplexity.chunkTokens}, or the model's context if that is shorter)`,
      wholeNumber(shortestChunk),
    )
    .option('--chunks <n>', 'score so many chunks at most (default: all of the text)', wholeNumber(1))
    .option(
      '--reference <framework[:format]>',
      `whose probabilities the divergence is measured from; format "same": that of each run (default: ${reference}, of synthetic weights ${syntheticReference})`,
      parseReference,
    )
    .option('--no-reference', 'perplexity only: faster, and nothing is compared');
}
