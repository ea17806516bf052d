/**
 * What a run measured, field by field: the one definition of which runs are pooled, which stand in one comparison, and which
 * are ranked. Session, analysis, charts and report all go by it.
 *
 * Every field that a log has of the request, the questions, the framework, the engine and the host is part of it, unless it
 * is named below as one that changes nothing: a field that a later version adds separates runs by itself.
 */
import { engineSettingsSchema } from '../settings/settings.ts';
import { sessionName } from '../statistics/log-ratio.ts';
import type { Settings } from './record-fields.ts';
import type { Effective, Header } from './run-log-format.ts';

type Scalar = Settings[string];

/** Dotted names, sorted: `requested.maxTokens`, `effective.settings.threads`. */
export type Measurement = Readonly<Record<string, Scalar>>;

/** Fields of a log that do not change what is measured, and why. */
export const notMeasured: Readonly<Record<string, string>> = {
  'requested.firstRound': 'draws the order of the questions, anew in each iteration',
  'requested.timeoutSeconds': 'what took longer has failed, and is in no sample',
  'requested.textPath': 'a name; the content has its hash',
  'questions.file': 'a name; the content has its hash',
  'questions.path': 'a name; the content has its hash',
  'framework.title': 'another spelling of the name',
  'host.username': 'who ran it',
  'host.anonymized': 'whether names are hashed',
  'host.loadAverage1m': 'an observation; the run-quality checks judge it',
  'effective.type': 'names the record',
  'effective.atNs': 'an instant',
  'effective.settings.clockResolutionNs': "an observation of the engine's own clock; the run-quality checks judge it",
  'effective.settings.clockErrorNs': 'an observation, another one at each start',
};

/** @param effective null where no model was loaded: such a run measured nothing that could be pooled */
export function measurementOf(header: Header, effective: Effective | null): Measurement {
  const { workload, framework, model, requested, questions, host, session, sweep } = header;
  const fields = flatten({
    workload,
    framework,
    requested,
    questions,
    host,
    effective,
    session: sessionName(session?.uuid, sweep?.name),
    model: {
      name: model.name,
      sha256: model.sha256,
      quantize: model.quantization.got,
      weightClass: model.quantization.weightClass,
    },
  });
  return Object.fromEntries(
    fields.filter(([name]) => !(name in notMeasured)).sort(([a], [b]) => (a < b ? -1 : Number(a > b))),
  );
}

/** An absent field and one that is null are the same. */
function flatten(value: unknown, name = ''): Array<[string, Scalar]> {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[name, value]];
  if (Array.isArray(value)) return value.length === 0 ? [] : [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, name === '' ? key : `${name}.${key}`));
}

/** Names of the fields in which two measurements differ. */
export function differences(a: Measurement, b: Measurement): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => a[name] !== b[name]).sort();
}

/** Choices of a contender: settings of its engine, and how it was made to run. Whatever else was requested is the task. */
const contenderChoices = new Set<string>(engineSettingsSchema.keyof().options);

/** The fields that contenders of one comparison share: host, session, workload, questions, and what was asked for. */
export function taskOf(measurement: Measurement): Measurement {
  return Object.fromEntries(Object.entries(measurement).filter(([name]) => isTaskField(name)));
}

/** Whether a field says how a contender was asked to run, which `effective` answers. */
export function isChoice(name: string): boolean {
  const [room = '', field = ''] = name.split('.');
  if (room === 'framework') return field === 'settings';
  // Older logs keep options of a framework's own by their variables.
  return room === 'requested' && (contenderChoices.has(field) || field.startsWith('TOKENLAP_'));
}

/** Whether contenders of one comparison share it. */
export function isTaskField(name: string): boolean {
  const [room = ''] = name.split('.');
  if (room === 'requested') return !isChoice(name);
  return ['workload', 'questions', 'host', 'session'].includes(room);
}

/** llama.cpp rounds a context up to a multiple of it: contexts that differ by less are equal. */
const contextStep = 256;

interface Condition {
  /** The field that it is read from. */
  field: string;
  /** Values that this makes equal are equal. */
  rounded?: (value: Scalar) => Scalar;
  words: (value: Scalar) => string;
}

/** What contenders must have in common before they are ranked. */
const conditions: readonly Condition[] = [
  {
    field: 'effective.settings.threads',
    words: (value) => (value === 1 ? '1 thread' : `${value} threads`),
  },
  {
    field: 'effective.settings.contextTokens',
    rounded: (tokens) => (typeof tokens === 'number' ? Math.ceil(tokens / contextStep) * contextStep : tokens),
    words: (value) => `context ${value}`,
  },
  {
    field: 'effective.settings.batchTokens',
    words: (value) => `batch ${value}`,
  },
  {
    field: 'requested.temperature',
    words: (value) => `temperature ${value}`,
  },
];

/**
 * Why two contenders are not equals, from the first one's point of view: `1 thread, not 2 threads`. Null where nothing that is
 * known of both says so; an engine that has no such setting, or does not report it, is not held to it.
 */
export function unequalConditions(contender: Measurement, reference: Measurement): string | null {
  const found = conditions.flatMap(({ field, rounded = (value) => value, words }) => {
    const [own, other] = [contender[field], reference[field]];
    if (own === undefined || other === undefined || rounded(own) === rounded(other)) return [];
    return [`${words(own)}, not ${words(other)}`];
  });
  return found.length === 0 ? null : found.join('; ');
}

/** @param unequal as `unequalConditions` says it. @param than whose conditions the others are */
export function unequalReason(unequal: string, than: string): string {
  return `not measured under equal conditions: ${unequal} as ${than}`;
}

/** What contenders compute with: whoever differs in it is ranked, and named with it. */
const arithmeticFields = ['effective.settings.activations', 'effective.settings.kvType'];

/** Fields of which the label of every contender speaks where they are not all alike. */
export const labelFields: readonly string[] = [...conditions.map(({ field }) => field), ...arithmeticFields];

/** What else of the implementation decides speed: said beside a comparison where contenders are not alike. */
export const implementationFields: readonly string[] = [
  'effective.settings.flashAttention',
  'effective.settings.spinning',
  'effective.settings.affinity',
  'effective.build.buildType',
  'effective.build.cpuVariant',
];

/** Only these of its fields. */
export function fieldsOf(measurement: Measurement, fields: readonly string[]): Measurement {
  return Object.fromEntries(Object.entries(measurement).filter(([name]) => fields.includes(name)));
}

/**
 * The contender that most of the others are equals of, so that as many as possible are ranked.
 * @param contenders best first: of several that have as many equals, the first one
 */
export function leadOfEquals<Contender>(
  contenders: readonly Contender[],
  measurementOf: (contender: Contender) => Measurement,
): Contender | undefined {
  const measurements = contenders.map(measurementOf);
  const equals = measurements.map(
    (own) => measurements.filter((other) => unequalConditions(own, other) === null).length,
  );
  return contenders[equals.indexOf(Math.max(...equals))];
}
