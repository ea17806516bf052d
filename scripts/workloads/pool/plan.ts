/** From the options of the resource pool test to its plan: models, levels of concurrency, faults. */
import { InvalidArgumentError } from 'commander';
import { usageError } from '../../command-line/errors.ts';
import { commaList, wholeNumber, withSuggestion } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { program } from '../../command-line/program.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { usableCores } from '../../machine/facts/host.ts';
import { type ModelOptionValues, withModelOptions } from '../../models/model-options.ts';
import { parseQuantization } from '../../models/quantization.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { frameworkWord, withEngineOptions, withOutputOptions } from '../../run/run-options.ts';
import { poolSettings } from '../../settings/load-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import { doublingUpTo } from '../load/records.ts';
import { type QuestionSet, readQuestions } from '../questions/questions.ts';
import { type Fault, faults, type PoolLevelRecord } from './records.ts';

export interface NamedModel {
  /** 'Tiny chat f16' */
  name: string;
  model: ResolvedModel;
}

/** Answers at a time: by engine processes, by sequences of one engine, or by models side by side. */
export interface Level extends Pick<PoolLevelRecord, 'kind' | 'engines' | 'sequences'> {
  /** One for all engines, or one for each. */
  models: readonly NamedModel[];
}

export interface PoolPlan {
  questions: QuestionSet;
  levels: readonly Level[];
  /** The model of the run, which cycles and faults load. */
  model: NamedModel;
  faults: readonly Fault[];
  cycles: number;
  secondsPerLevel: number;
  /** How often a client repeats a request that failed. */
  retries: number;
  maxTokens: number;
  /** Threads of each engine, as asked; undefined: the cores are divided among the engines. */
  threads: number | undefined;
  cores: number;
}

const usualMost = 4;
const usualTokens = 64;

export function poolProgram() {
  const script = 'npx tsx scripts/resource-pool-benchmark.ts';
  const command = program(
    'resource-pool-benchmark',
    'Several answers and several models at once: throughput, latency, fairness, shared memory, fragmentation, recovery.',
    [
      [`${script} --size tiny`, 'engines and sequences 1, 2, 4; loading and unloading; every fault'],
      [`${script} --size 135M --synthetic --quantize q8_0 --sequences 8 --faults none`, 'batching alone'],
      [`${script} --framework pytorch --size tiny --engines 2`, 'any framework, as processes'],
      [`${script} --models tiny:f16,tiny:q8_0 --faults none`, 'two models side by side, each alone before'],
    ],
  ).option('--framework <name>', 'the framework to look at', frameworkWord, frameworks[0]?.name ?? '');
  const withPoolOptions = addSettings(
    withEngineOptions(withModelOptions(command)),
    [...namesOf(poolSettings), 'maxTokens', 'questions'],
    {
      models: { parse: modelList },
      faults: { parse: faultList, help: `faults to inject: ${faultNames.join(', ')}, or none (default: all)` },
      maxTokens: {
        parse: wholeNumber(2),
        default: usualTokens,
        help: 'tokens of every answer, past the end-of-sequence token too',
      },
    },
  );
  return withOutputOptions(withPoolOptions);
}

function modelList(text: string) {
  return commaList(text).map((part) => {
    const [size = '', format, ...more] = part.split(':');
    if (size === '' || format === undefined || more.length > 0) {
      throw new InvalidArgumentError('Models are needed as size:format, for instance tiny:f16,tiny:q8_0.');
    }
    return { size, quantize: parseQuantization(format) };
  });
}

const faultNames = faults.map((fault) => fault.replaceAll('_', '-'));

function faultList(text: string): Fault[] {
  if (text === 'none') return [];
  return commaList(text).map((name) => {
    const found = faults[faultNames.indexOf(name)];
    if (found !== undefined) return found;
    throw new InvalidArgumentError(withSuggestion(`Allowed: ${faultNames.join(', ')}, none.`, name, faultNames));
  });
}

/**
 * @param resolve finds or makes the model of the options, or one with another size and format
 * @throws UserError for a model that is not available, and for levels that the framework cannot have
 */
export async function poolPlan(
  options: ReturnType<ReturnType<typeof poolProgram>['opts']>,
  framework: Framework,
  resolve: (change: Partial<Pick<ModelOptionValues, 'size' | 'quantize' | 'model'>>) => Promise<ResolvedModel>,
): Promise<PoolPlan> {
  const side: NamedModel[] = [];
  for (const asked of options.models ?? []) side.push(namedModel(await resolve({ model: undefined, ...asked })));
  const model = side[0] ?? namedModel(await resolve({}));
  const { cycles, secondsPerLevel, retries, maxTokens, threads } = options;
  return {
    questions: await readQuestions(options.questions),
    levels: levelsOf(options, framework, model, side),
    model,
    faults: options.faults ?? faults,
    cycles,
    secondsPerLevel,
    retries,
    maxTokens,
    threads,
    cores: await usableCores(),
  };
}

export function namedModel(model: ResolvedModel): NamedModel {
  return { name: `${model.record.name} ${model.record.quantization.got}`, model };
}

/**
 * Without any of the three: engines, and sequences where the framework supports them.
 * @param side the models of `--models`, in its order
 * @throws UserError for sequences of a framework that has one
 */
export function levelsOf(
  asked: { engines?: number | undefined; sequences?: number | undefined },
  framework: Framework,
  model: NamedModel,
  side: readonly NamedModel[],
): Level[] {
  const unsaid = asked.engines === undefined && asked.sequences === undefined && side.length === 0;
  const engines = asked.engines ?? (unsaid ? usualMost : 0);
  const sequences = asked.sequences ?? (unsaid && framework.sequences ? usualMost : 0);
  if (sequences > 1 && !framework.sequences) {
    throw usageError(
      `${framework.title} computes one sequence at a time in an engine`,
      'Leave --sequences out; --engines works with every framework.',
    );
  }
  const one = { engines: 1, sequences: 1, models: [model] };
  const together = side.length > 1 ? [side] : [];
  return [
    ...doublingUpTo(engines).map((count): Level => ({ ...one, kind: 'engines', engines: count })),
    ...doublingUpTo(sequences).map((count): Level => ({ ...one, kind: 'sequences', sequences: count })),
    ...[...side.map((each) => [each]), ...together].map((models): Level => ({ ...one, kind: 'models', models })),
  ];
}
