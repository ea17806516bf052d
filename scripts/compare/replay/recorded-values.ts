/** What a person would type for a recorded run: the value of every option, from the header of its log. */

import type { EnvironmentOption } from '../../command-line/environment-options.ts';
import type { TypedValue, TypedValues } from '../../command-line/option-words.ts';
import { pythonOptions } from '../../engine/python-options.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { objectiveOption, objectivesOf } from '../../log/figures/objectives.ts';
import type { Settings } from '../../log/record-fields.ts';
import type { Header } from '../../log/run-log-format.ts';
import { defaults, namedWorkloads } from '../../run/run-plan.ts';
import { modelChoice } from './recorded-model.ts';
import { recordedOption, recordedOptions, wasGiven } from './recorded-options.ts';

type ValueOf = (header: Header) => TypedValue;

/** Of the engine and the model: options of every script. */
const engineValues = {
  seed: ({ seed }) => seed,
  // Of several engines that share the cores, each has its part, and the person said nothing unless it is on the command line.
  threads: ({ workload, requested, command }) =>
    workload === 'pool' ? recordedOption(command, 'threads') : scalarOf(requested.threads),
  device: asked('device'),
  gpuLayers: asked('gpuLayers'),
  context: ({ requested, model }) =>
    requested.contextTokens === Math.min(defaults.contextTokens, model.contextLength)
      ? undefined
      : scalarOf(requested.contextTokens),
  batch: asked('batchTokens'),
  flashAttention: asked('flashAttention'),
  kvType: asked('kvType'),
  precision: asked('precision'),
  compile: asked('compile'),
  deviceCount: asked('deviceCount'),
  shard: asked('shard'),
  timeout: asked('timeoutSeconds'),
  conditions: asked('conditions'),
  anonymize: ({ host }) => host.anonymized,
  quantize: ({ model }) => model.quantization.asked,
  size: (header) => modelChoice(header).size,
  algorithm: (header) => modelChoice(header).algorithm,
  model: (header) => modelChoice(header).model,
  synthetic: ({ model }) => model.source === 'synthetic',
  framework: ({ framework }) => framework.name,
  frameworks: ({ framework }) => framework.name,
} satisfies Record<string, ValueOf>;

const workloadValues = {
  workload: ({ workload }) => namedWorkloads.find((named) => named === workload),
  questions: ({ questions, command }) => questions?.path ?? recordedOption(command, 'questions'),
  // Parity asks no longer answers than the benchmark that it is part of, and others have limits of their own.
  maxTokens: asked('maxTokens'),
  temperature: asked('temperature'),
  ignoreEos: asked('ignoreEndOfSequence'),
  minSeconds: ({ requested }) =>
    requested.rounds === undefined || hasDefaultExtent(requested) ? undefined : (requested.minSeconds ?? 0),
  warmup: ({ workload, requested }) =>
    ['qa', 'kernel', 'embedding'].includes(workload) ? scalarOf(requested.warmUp) : undefined,
  embedBatch: asked('batchTexts'),
  nPrompt: asked('nPrompt'),
  nGen: asked('nGen'),
  depth: asked('depth'),
  repetitions: asked('repetitions'),
  load: asked('load'),
  loadSeconds: asked('loadSeconds'),
  loadWarmup: asked('loadWarmUp'),
  requestTimeout: ({ workload, requested }) =>
    workload === 'load' ? scalarOf(requested.requestTimeoutSeconds) : undefined,
  slo: ({ requested }) => objectiveOption(objectivesOf(requested)),
  firstRound: ({ session, requested }) => (session === undefined ? scalarOf(requested.firstRound) : undefined),
} satisfies Record<string, ValueOf>;

/** Of comparisons: what else was asked of the session; older logs have it on their command line at most. */
const sessionValues = {
  iterations: ({ session, requested }) =>
    session !== undefined
      ? scalarOf(session.options?.iterations)
      : hasDefaultExtent(requested)
        ? undefined
        : scalarOf(requested.rounds),
  parity: ({ session, command }) => scalarOf(session?.options?.parity) ?? !wasGiven(command, 'no-parity'),
  noiseFloor: ({ session, command }) => scalarOf(session?.options?.noiseFloor) ?? wasGiven(command, 'noise-floor'),
  retry: ofSession('retry'),
  until: ofSession('until'),
  untilMinutes: ofSession('untilMinutes'),
  parityQuestions: ({ workload, session, questions, command }) =>
    scalarOf(session?.options?.parityQuestions) ??
    recordedOption(command, 'parity-questions') ??
    (workload === 'parity' ? questions?.count : undefined),
  reference: ({ workload, requested, session, command }) => {
    if (workload === 'perplexity' && requested.reference === null) return false;
    return (
      scalarOf(session?.options?.reference) ?? scalarOf(requested.reference) ?? recordedOption(command, 'reference')
    );
  },
} satisfies Record<string, ValueOf>;

/** Of tasks, texts and pools. */
const otherValues = {
  tasks: ({ requested }) => tasksOf(requested, (name) => !name.startsWith(fromFile)).join(',') || undefined,
  data: ({ requested }) => {
    const files = tasksOf(requested, (name) => name.startsWith(fromFile));
    return files.length === 0 ? undefined : files.map((name) => name.slice(fromFile.length));
  },
  items: asked('items'),
  // What is finished already would not be measured again.
  fresh: ({ workload }) => workload === 'accuracy',
  text: ({ workload, requested, command }) => {
    // Tasks and a text are runs of their own, so a run of tasks asks for no text.
    if (workload === 'accuracy') return false;
    return scalarOf(requested.textPath) ?? recordedOption(command, 'text');
  },
  chunk: ({ requested, model }) =>
    requested.chunkTokens === Math.min(defaults.perplexity.chunkTokens, model.contextLength)
      ? undefined
      : scalarOf(requested.chunkTokens),
  chunks: asked('chunks'),
  engines: ({ requested }) => mostOf(requested.pool_engines),
  sequences: ({ requested }) => mostOf(requested.pool_sequences),
  models: ({ command }) => recordedOption(command, 'models'),
  faults: ({ requested }) =>
    typeof requested.pool_faults === 'string' ? requested.pool_faults.replaceAll('_', '-') || 'none' : undefined,
  cycles: asked('cycles'),
  seconds: asked('secondsPerLevel'),
  retries: asked('retries'),
} satisfies Record<string, ValueOf>;

/** What says where files come from and results go, and how they are told: it changes nothing that is measured. */
const notRepeated = {
  output: undefined,
  json: undefined,
  offline: undefined,
  hubUrl: undefined,
};

const values: Readonly<Record<string, ValueOf>> = {
  ...engineValues,
  ...workloadValues,
  ...sessionValues,
  ...otherValues,
};

/** Every option that some value is known for, or that need not be repeated; a test holds them against the scripts. */
export const knownOptions: readonly string[] = [...Object.keys(values), ...Object.keys(notRepeated)];

/** Also of older logs, whose headers have less: what stands on their command line helps out. */
export function recordedValues(header: Header): TypedValues {
  return Object.fromEntries([
    ...Object.entries(values).map(([name, value]) => [name, value(header)]),
    ...environmentValues(header),
  ]);
}

/** Options of the framework travel as variables of the environment. */
function environmentValues({ framework: { name }, requested, command }: Header): Array<[string, TypedValue]> {
  const framework = frameworks.find((each) => each.name === name);
  const options = [...(framework?.host === 'python' ? pythonOptions : []), ...(framework?.options ?? [])];
  return options.map((option) => [attributeName(option), environmentValue(option, requested, command)]);
}

function environmentValue(
  { flags, variable, repeats }: EnvironmentOption,
  requested: Settings,
  command: readonly string[],
): TypedValue {
  const value = requested[variable];
  const name = longName(flags);
  if (!flags.includes('<')) return value === undefined ? wasGiven(command, name) : true;
  if (repeats === true) return typeof value === 'string' ? value.split(' ') : recordedOptions(command, name);
  return scalarOf(value) ?? recordedOption(command, name);
}

export function longName(flags: string): string {
  return /--([\w-]+)/.exec(flags)?.[1] ?? '';
}

function attributeName({ flags }: EnvironmentOption): string {
  return longName(flags).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Rounds that are asked for by name are exact, so neither they nor the time are said where both are the defaults. Older logs have no time. */
function hasDefaultExtent({ rounds, minSeconds }: Settings): boolean {
  return rounds === defaults.iterations && minSeconds === defaults.minSeconds;
}

function asked(setting: string): ValueOf {
  return ({ requested }) => scalarOf(requested[setting]);
}

function ofSession(option: string): ValueOf {
  return ({ session }) => scalarOf(session?.options?.[option]);
}

/** Null: nothing was asked. */
function scalarOf(value: Settings[string] | undefined): string | number | boolean | undefined {
  return value ?? undefined;
}

/** Of `1,2,4` the last: levels go up to it; of none 0. */
function mostOf(levels: Settings[string] | undefined): number | undefined {
  return typeof levels === 'string' ? Number(levels.split(',').at(-1)) : undefined;
}

/** The name of a task from a file begins with it. */
const fromFile = 'jsonl:';

function tasksOf({ tasks }: Settings, wanted: (name: string) => boolean): string[] {
  return typeof tasks === 'string' ? tasks.split(',').filter((name) => name !== '' && wanted(name)) : [];
}
