/** The options of `benchmark.ts`, also as `npm start` gives them. */
import { usageError } from '../command-line/errors.ts';
import { optionWords, commandLine, shellLine, startWords } from '../command-line/shell-line.ts';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { program } from '../command-line/program.ts';
import { inGroup } from '../command-line/parsing/program-command.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import { withModelVariants } from '../models/model-options.ts';
import { modelRequestsOf } from '../run/prepare.ts';
import { frameworkList, withEngineOptions, withFrameworkOptions, withOutputOptions, withWorkloadOptions } from '../run/run-options.ts';
import { choiceSettings, comparisonSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import { withParityOptions } from '../workloads/parity/parity-pass.ts';
import { singleRunProgram } from '../workloads/single-run.ts';
import { precisionTarget, withPrecisionOptions } from './precision-options.ts';
import type { SessionOptions } from './session.ts';

export function sessionProgram() {
  const command = program(
    'benchmark',
    'Measures several frameworks on the same shuffled questions, interleaved, a fresh process per run, and compares them.',
    [
      ['npx tsx scripts/benchmark.ts --size tiny', 'every framework that works here, in rounds enough for a verdict'],
      ['npx tsx scripts/benchmark.ts --size tiny --quantize f16,q8_0,q4_0', 'several formats of the weights'],
      ['npx tsx scripts/benchmark.ts --size tiny --until 2%', 'as many rounds as it takes for intervals of ±2 %'],
      ['npx tsx scripts/benchmark.ts --size tiny --noise-floor --retry 2', 'with A/A, and noisy runs again'],
      [
        'npx tsx scripts/benchmark.ts --size tiny --no-parity',
        'speed at once: ranked only where all outputs are equal',
      ],
      [
        'npx tsx scripts/benchmark.ts --frameworks llamacpp --algorithm llama --size 1B --synthetic',
        'one framework, no download',
      ],
    ],
  );
  const chosen = addSettings(command, namesOf(choiceSettings), { frameworks: { parse: frameworkList } });
  const compared = inGroup(chosen, 'Comparison:', (before) =>
    addSettings(withPrecisionOptions(withParityOptions(before)), namesOf(comparisonSettings)),
  );
  return withFrameworkOptions(withOutputOptions(withWorkloadOptions(withEngineOptions(withModelVariants(compared)))));
}

export type SessionOptionValues = ReturnType<ReturnType<typeof sessionProgram>['opts']>;

export function sessionOptions(
  options: SessionOptionValues,
  frameworks: readonly Framework[],
): Omit<SessionOptions, 'onPlan'> {
  return {
    ...options,
    until: precisionTarget(options),
    frameworks,
    quantizations: options.quantize,
    modelRequest: modelRequestsOf(options),
    command: commandLine(),
  };
}

/** Vectors have no greedy answers to hold against each other, so there is nothing by which to rank. */
export function requireAnswers(options: SessionOptionValues): void {
  if (options.workload !== 'embedding') return;
  const framework = frameworks.find(
    ({ name, embeds }) => embeds === true && (options.frameworks ?? [name]).includes(name),
  );
  const { quantize, reference: _, ...alike } = options;
  const lines = quantize.map((format) => {
    if (framework === undefined) return '';
    const words = optionWords(singleRunProgram(framework).parsed, { ...alike, quantize: format });
    return shellLine([...startWords(`scripts/${framework.name}-benchmark.ts`), ...words]);
  });
  throw usageError(
    'benchmark.ts compares answers, and the embedding workload gives vectors',
    `Measure each format by itself, and compare with collate/analyze.ts: ${lines.join(' && ')}`,
  );
}
