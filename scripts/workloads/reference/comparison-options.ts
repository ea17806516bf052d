/** The options of parity.ts and of perplexity.ts, and those of them that benchmark.ts and verifiers-sweep.ts share. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { wholeNumber } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { program } from '../../command-line/program.ts';
import { withModelVariants } from '../../models/model-options.ts';
import { frameworkList, withEngineOptions, withFrameworkOptions, withOutputOptions } from '../../run/run-options.ts';
import { defaults } from '../../settings/defaults.ts';
import { paritySettings } from '../../settings/session-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import { likelihoodSettings } from '../../settings/workload-settings.ts';
import { parseReference } from './reference-choice.ts';

export function parityProgram() {
  const command = withFrameworkList(
    program(
      'parity',
      "Compares frameworks with a reference: the same prompt ids, greedy answers token by token, and the logits along the reference's answers.",
      [
        ['npx tsx scripts/parity.ts --size tiny --quantize f16,q8_0,q4_0', 'every framework that works here'],
        ['npx tsx scripts/parity.ts --frameworks llamacpp --size 135M --synthetic', 'without a download'],
        ['npx tsx scripts/parity.ts --size tiny --reference llamacpp:same', 'the framework alone, not the format'],
      ],
    ),
  )
    .option('--questions <file>', 'question file (default: configs/questions.json)')
    .option(
      '--max-tokens <n>',
      `most tokens per answer (default: ${defaults.maxTokens} for the embedded model, else ${defaults.parity.maxTokens})`,
      wholeNumber(1),
    );
  return withFrameworkOptions(withOutputOptions(withParityOptions(withEngineOptions(withModelVariants(command)))));
}

export function perplexityProgram() {
  const command = withFrameworkList(
    program(
      'perplexity',
      'Scores a text as llama-perplexity does: perplexity, and against a reference KL divergence, top-1 agreement and probability shift.',
      [
        ['npx tsx scripts/perplexity.ts --size tiny --quantize f16,q8_0,q4_0', 'every framework that works here'],
        [
          'npx tsx scripts/perplexity.ts --model ./model.gguf --text ./book.txt --no-reference',
          'perplexity alone, at full speed',
        ],
        [
          'npx tsx scripts/perplexity.ts --size 1B --quantize q8_0,q4_0 --reference llamacpp:f16 --chunks 20',
          'against F16, on part of the text',
        ],
      ],
    ),
  );
  return withFrameworkOptions(withOutputOptions(withLikelihoodOptions(withEngineOptions(withModelVariants(command)))));
}

function withFrameworkList<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command.option(
    '--frameworks <list>',
    'names separated by commas (default: auto, every one that works)',
    frameworkList,
  );
}

/** The options of the parity check. */
export function withParityOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(paritySettings), { reference: { parse: parseReference } });
}

/** Which text is scored, how it is cut, and what it is compared with. */
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
