/** In what measurements differ, in words for labels: `2 threads, KV q8_0`. */
import { counted } from '../command-line/format.ts';
import { differences, isChoice, type Measurement } from './measurement.ts';
import type { Settings } from './record-fields.ts';

type Words = (value: Settings[string], measurement: Measurement) => string;

/** In the order in which a label says them; empty words say nothing. */
const fieldWords: Readonly<Record<string, Words>> = {
  workload: (value) => `workload ${value}`,
  'model.name': (value) => `model ${value}`,
  'model.quantize': (value) => `${value}`,
  'model.sha256': (value) => `file ${shortHash(value)}`,
  'questions.count': (value) => `${value} questions`,
  'questions.sha256': (value) => `question set ${shortHash(value)}`,
  'requested.system': (value) => `system prompt ${JSON.stringify(value)}`,
  'requested.maxTokens': (value) => `at most ${counted(Number(value), 'tokens')}`,
  'requested.ignoreEndOfSequence': (value) => (value === true ? 'past the end token' : 'up to the end token'),
  'requested.rounds': (value) => (value === 1 ? '1 round' : `${value} rounds`),
  'requested.temperature': (value) => `temperature ${value}`,
  'requested.batchTexts': (value) => (value === 1 ? '1 text a batch' : `${value} texts a batch`),
  'requested.nPrompt': (value) => `pp${value}`,
  'requested.nGen': (value) => `tg${value}`,
  'requested.depth': (value) => `depth ${value}`,
  'effective.device': (value) => `${value}`,
  'effective.settings.precision': (value, measurement) =>
    value === measurement['model.quantize'] ? '' : `precision ${value}`,
  'effective.settings.compile': (value) => (value === true ? 'compiled' : 'not compiled'),
  'effective.settings.beam': (value) => (value === 0 ? 'no kernel search' : `kernel search with beam ${value}`),
  'effective.settings.deviceCount': (value) => (value === 1 ? '1 device' : `${value} devices`),
  'effective.settings.shard': (value) => `split by ${value}`,
  'effective.settings.batchTokens': (value) => `batch ${value}`,
  'effective.settings.flashAttention': (value) => `flash attention ${value}`,
  'effective.settings.activations': (value) => `${value} activations`,
  'effective.settings.kvType': (value) => `KV ${value}`,
  'effective.settings.spinning': (value) => (value === true ? 'idle threads spin' : 'no thread spins'),
  'effective.settings.affinity': (value) => `CPUs ${value}`,
  'effective.build.buildType': (value) => (value === 'native' ? 'native build' : `${value}`),
  'effective.build.cpuVariant': (value) => `${value} kernels`,
  'effective.settings.threads': (value) => (value === 1 ? '1 thread' : `${value} threads`),
  'effective.settings.gpuLayers': (value) => `GPU layers ${value}`,
  'effective.settings.contextTokens': (value) => `context ${value}`,
  'framework.version': (value) => `version ${value}`,
  'effective.deviceName': (value) => `on ${value}`,
  session: (value) => `session ${shortHash(value)}`,
};

/** Which build ran, of a framework that comes in several: a rank without it would be one of builds. */
export function buildWords(measurement: Measurement): string[] {
  const name = 'effective.build.buildType';
  return measurement['effective.build.alternatives'] === undefined ? [] : [wordsOf(name, measurement)];
}

/** What follows from a difference elsewhere, and what the name of the host stands for: said only where nothing else distinguishes two. */
const consequences = [
  'host.',
  'model.weightClass',
  'effective.kvBytesPerPosition',
  'effective.stateBytes',
  'effective.weights.',
  'effective.settings.kernelChoosesToken',
  // The version, the kind of build and its kernels have words; the rest of a build follows from them.
  'effective.build.',
];

const isConsequence = (name: string) => consequences.some((start) => name.startsWith(start)) || isChoice(name);

const mostLetters = 40;

/**
 * The fields of a measurement that are not the same in all of them, in words.
 * @param silent fields that the reader sees elsewhere
 * @param unknowns whether unknown values are named; else only where nothing else distinguishes two
 */
export function differingWords(
  measurement: Measurement,
  all: readonly Measurement[],
  silent: readonly string[] = [],
  { unknowns = false }: { unknowns?: boolean } = {},
): string[] {
  const heard = (name: string) => !silent.includes(name);
  const differing = [...new Set(all.flatMap((other) => differences(measurement, other)))].filter(heard);
  const told = Object.keys(fieldWords).filter((name) => differing.includes(name));
  const others = differing.filter((name) => !told.includes(name));
  // What an older log or an engine does not report is no difference that anybody made.
  const isTold = (name: string) => unknowns || all.every((each) => each[name] !== undefined);
  const causes = [
    ...told.filter((name) => !name.startsWith('effective.') || isTold(name)),
    ...others.filter((name) => !isConsequence(name) && isTold(name)),
  ];
  const saying = (names: readonly string[], of: Measurement) =>
    names.map((name) => wordsOf(name, of)).filter((text) => text !== '');
  const words = saying(causes, measurement);
  const ambiguous = all.some(
    (other) => differences(measurement, other).some(heard) && saying(causes, other).join(', ') === words.join(', '),
  );
  return ambiguous ? saying([...told, ...others], measurement) : words;
}

/** A field with its value: `2 threads`, `KV q8_0`, `governor powersave`, `governor unknown`. */
export function wordsOf(name: string, measurement: Measurement): string {
  const value = measurement[name];
  const words = fieldWords[name];
  if (value !== undefined && words !== undefined) return words(value, measurement);
  const [, field = name] = /([^.]+)$/.exec(name) ?? [];
  const spoken = field.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  if (value === undefined) return `${spoken} unknown`;
  const text = `${value}`;
  return text.length > mostLetters ? `${spoken} ${text.slice(0, mostLetters)}…` : `${spoken} ${text}`;
}

/** `d43f2a10` of a hash, `d43f2a10+changes` of a commit with changes; other texts as they are. */
export function shortHash(value: Settings[string]): string {
  const text = `${value}`;
  const [, hash, rest = ''] = /^([0-9a-f-]{12,})(\+changes)?$/.exec(text) ?? [];
  return hash === undefined ? text : `${hash.slice(0, 8)}${rest}`;
}
