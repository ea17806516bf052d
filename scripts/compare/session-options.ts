/** The options of `benchmark.ts`, also as `npm start` gives them. */
import type { Command } from '@commander-js/extra-typings';
import { InvalidArgumentError, type OptionValues } from 'commander';
import { usageError } from '../command-line/errors.ts';
import { addSettings } from '../command-line/parsing/add-settings.ts';
import { inGroup } from '../command-line/parsing/program-command.ts';
import { program } from '../command-line/program.ts';
import { commandLine, optionWords, shellLine, startWords } from '../command-line/shell-line.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import { withModelVariants } from '../models/model-options.ts';
import { modelRequestsOf } from '../run/prepare.ts';
import {
  frameworkList,
  withEngineOptions,
  withFrameworkOptions,
  withOutputOptions,
  withWorkloadOptions,
} from '../run/run-options.ts';
import { choiceSettings, comparisonSettings, precisionSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import type { PrecisionTarget } from '../statistics/stopping-rule.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import { withParityOptions } from '../workloads/reference/comparison-options.ts';
import { singleRunProgram } from '../workloads/single-run.ts';

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

export type SessionOptions = ReturnType<typeof sessionOptions>;

export function sessionOptions(options: SessionOptionValues, frameworks: readonly Framework[]) {
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

// How long benchmark.ts goes on: until its intervals are narrow.

function withPrecisionOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addSettings(command, namesOf(precisionSettings), { until: { parse: percentage } });
}

/** Undefined: exactly --iterations rounds. */
export function precisionTarget(
  options: Partial<Pick<SessionOptionValues, 'iterations' | 'until'>> & Pick<SessionOptionValues, 'untilMinutes'>,
): PrecisionTarget | undefined {
  if (options.until === undefined) return undefined;
  return {
    halfWidth: options.until,
    fewestRounds: options.iterations ?? fewestForVerdict,
    mostMs: options.untilMinutes * 60_000,
  };
}

/** As the option takes it: `2%`. */
export function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(12))}%`;
}

/** `2%` or `2`: both are two percent. */
function percentage(text: string): number {
  const value = Number(text.replace(/\s*%$/, ''));
  if (text.trim() === '' || !(value > 0 && value < 100)) {
    throw new InvalidArgumentError('A percentage above 0 and below 100 is needed, such as 2%.');
  }
  return value / 100;
}
