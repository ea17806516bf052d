/** What a person would type for a recorded run: the value of every option, from the header of its log. */
import { type TypedValue, type TypedValues, typedName } from '../command-line/shell-line.ts';
import { defaults, namedWorkloads } from '../settings/defaults.ts';
import { longName } from '../settings/setting.ts';
import { type SettingName, settings } from '../settings/settings.ts';
import { objectiveOption, objectivesOf } from './figures/objectives.ts';
import type { Settings } from './record-fields.ts';
import { frameworkSettingsOf, listOptions, modelChoice, recordedOption, wasGiven } from './recorded-options.ts';
import type { Header } from './run-log-format.ts';

type ValueOf = (header: Header) => TypedValue;

/** Options of every script: of the engine and the model. */
const engineValues = {
  seed: ({ seed }) => seed,
  // Of several engines that share the cores, each has its part, and the person said nothing unless it is on the command line.
  threads: ({ workload, requested, command }) =>
    workload === 'pool' ? recordedOption(command, 'threads') : scalarOf(requested.threads),
  ...asked('device', 'gpuLayers'),
  context: ({ requested, model }) =>
    requested.contextTokens === Math.min(defaults.contextTokens, model.contextLength)
      ? undefined
      : scalarOf(requested.contextTokens),
  ...asked('batchTokens', 'flashAttention', 'kvType', 'precision', 'compile', 'deviceCount', 'shard', 'timeoutSeconds'),
  // Tables have it by the first name of its option.
  conditions: ({ requested }) => scalarOf(requested.conditions),
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
  ...asked('maxTokens', 'temperature', 'ignoreEndOfSequence'),
  minSeconds: ({ requested }) =>
    requested.rounds === undefined || hasDefaultExtent(requested) ? undefined : (requested.minSeconds ?? 0),
  warmup: ({ workload, requested }) =>
    ['qa', 'kernel', 'embedding'].includes(workload) ? scalarOf(requested.warmUp) : undefined,
  ...asked('batchTexts', 'nPrompt', 'nGen', 'depth', 'repetitions', 'load', 'loadSeconds', 'loadWarmUp'),
  requestTimeout: ({ workload, requested }) =>
    workload === 'load' ? scalarOf(requested.requestTimeoutSeconds) : undefined,
  slo: ({ requested }) => objectiveOption(objectivesOf(requested)),
  firstRound: ({ session, requested }) => (session === undefined ? scalarOf(requested.firstRound) : undefined),
} satisfies Record<string, ValueOf>;

/** Options of comparisons: what else was asked of the session; older logs have it on their command line at most. */
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

/** Options of tasks, texts and pools. */
const otherValues = {
  tasks: ({ requested }) => tasksOf(requested, (name) => !name.startsWith(fromFile)).join(',') || undefined,
  data: ({ requested }) => {
    const files = tasksOf(requested, (name) => name.startsWith(fromFile));
    return files.length === 0 ? undefined : files.map((name) => name.slice(fromFile.length));
  },
  ...asked('items'),
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
  ...asked('chunks'),
  engines: ({ requested }) => mostOf(requested.pool_engines),
  sequences: ({ requested }) => mostOf(requested.pool_sequences),
  models: ({ command }) => recordedOption(command, 'models'),
  faults: ({ requested }) =>
    typeof requested.pool_faults === 'string' ? requested.pool_faults.replaceAll('_', '-') || 'none' : undefined,
  ...asked('cycles', 'secondsPerLevel', 'retries'),
} satisfies Record<string, ValueOf>;

/** What says where files come from and results go, and how they are shown: it changes nothing that is measured. */
const notRepeated: readonly SettingName[] = ['output', 'json', 'offline', 'hubUrl', 'tag'];

const values: Readonly<Record<string, ValueOf>> = {
  ...engineValues,
  ...workloadValues,
  ...sessionValues,
  ...otherValues,
};

const isSetting = (name: string): name is SettingName => name in settings;

/** Settings that need no word above: the header has them under their own name. */
const furtherValues = asked(
  ...Object.keys(settings)
    .filter(isSetting)
    .filter((name) => !(name in values) && !(optionOf(name) in values) && !notRepeated.includes(name)),
);

/** By the names of options. Older logs, whose headers have less, are helped out by their command line. */
export function recordedValues(header: Header): TypedValues {
  return Object.fromEntries([
    ...[...Object.entries(values), ...Object.entries(furtherValues)].map(([name, value]) => [name, value(header)]),
    ...Object.entries(frameworkSettingsOf(header)).map(([name, value]) => [name, frameworkValue(name, value)]),
  ]);
}

function frameworkValue(name: string, value: string | number | boolean): TypedValue {
  if (typeof value === 'boolean') return value;
  return listOptions.includes(name) ? String(value).split(' ') : String(value);
}

/** Rounds that are asked for by name are exact, so neither they nor the time are said where both are the defaults. Older logs have no time. */
function hasDefaultExtent({ rounds, minSeconds }: Settings): boolean {
  return rounds === defaults.iterations && minSeconds === defaults.minSeconds;
}

/** What was asked for under the names of these settings, by the options that ask for it. */
function asked(...names: readonly SettingName[]): Record<string, ValueOf> {
  return Object.fromEntries(
    names.map((name) => [optionOf(name), ({ requested }: Header) => scalarOf(requested[name])]),
  );
}

/** The name of its option among typed values. */
function optionOf(name: SettingName): string {
  return typedName(`--${longName(settings[name])}`);
}

function ofSession(option: string): ValueOf {
  return ({ session }) => scalarOf(session?.options?.[option]);
}

/** Null: nothing was asked. */
function scalarOf(value: Settings[string] | undefined): string | number | boolean | undefined {
  return value ?? undefined;
}

/** The last of `1,2,4`: levels go up to it; 0 for none. */
function mostOf(levels: Settings[string] | undefined): number | undefined {
  return typeof levels === 'string' ? Number(levels.split(',').at(-1)) : undefined;
}

/** The name of a task from a file begins with it. */
const fromFile = 'jsonl:';

function tasksOf({ tasks }: Settings, wanted: (name: string) => boolean): string[] {
  return typeof tasks === 'string' ? tasks.split(',').filter((name) => name !== '' && wanted(name)) : [];
}
