/** The options of the parity gate that parity.ts and benchmark.ts share. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { wholeNumber } from '../../command-line/options.ts';
import { defaults } from '../../run/run-plan.ts';
import { parseReference } from '../reference/reference-choice.ts';

export function withParityOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const { reference, syntheticReference, questions } = defaults.parity;
  return command
    .option(
      '--reference <framework[:format]>',
      `what greedy answers and logits are held against; format "same": that of each run (default: ${reference}, of synthetic weights ${syntheticReference})`,
      parseReference,
    )
    .option(
      '--parity-questions <n>',
      `questions of the parity gate, evenly from the list (default: all for the embedded model, else ${questions})`,
      wholeNumber(1),
    );
}
