/** The options that say which text is scored, how it is cut, and what it is compared with. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addSettings } from '../../settings/add-settings.ts';
import { defaults } from '../../settings/defaults.ts';
import { namesOf } from '../../settings/setting.ts';
import { likelihoodSettings } from '../../settings/workload-settings.ts';
import { parseReference } from '../reference/reference-choice.ts';

export function withLikelihoodOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const { reference, syntheticReference } = defaults.parity;
  return addSettings(command, [...namesOf(likelihoodSettings), 'reference'], {
    reference: {
      parse: parseReference,
      help: `whose probabilities the divergence is measured from; format "same": that of each run (default: ${reference}, of synthetic weights ${syntheticReference})`,
    },
  }).option('--no-reference', 'perplexity only: faster, and nothing is compared');
}
