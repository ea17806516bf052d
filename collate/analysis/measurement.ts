/**
 * What a row of runs.csv measured, read from its cell, and the names of contenders that follow from it: framework, weights, device
 * and threads, and whatever else distinguishes two of one framework.
 */

import {
  fieldsOf,
  implementationFields,
  labelFields,
  type Measurement,
  taskOf,
} from '../../scripts/log/measurement.ts';
import { buildWords, differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { frameworkTitle } from './framework-title.ts';

/** Hundreds of rows share a text, and groups, charts and labels all ask for it. */
const known = new Map<string, Measurement>();

/** Empty for a row of which nothing is known. */
export function measurementOf({ measurement }: Pick<RunRow, 'measurement'>): Measurement {
  if (measurement === null) return {};
  const found = known.get(measurement);
  if (found !== undefined) return found;
  const read = parse(measurement);
  known.set(measurement, read);
  return read;
}

/** The fields that contenders of one comparison share, as a text that is equal for equal ones. */
export function taskKey(run: Pick<RunRow, 'measurement'>): string {
  return JSON.stringify(taskOf(measurementOf(run)));
}

/** In what a task differs from others, in words. */
export function taskWords(
  run: Pick<RunRow, 'measurement'>,
  others: ReadonlyArray<Pick<RunRow, 'measurement'>>,
): string {
  const tasks = others.map((other) => taskOf(measurementOf(other)));
  return differingWords(taskOf(measurementOf(run)), tasks, ['workload']).join(', ');
}

/** For lines over a length or a load: what runs share but for the fields that differ along the line. */
export function measurementBut(run: Pick<RunRow, 'measurement'>, fields: readonly string[]): Measurement {
  return Object.fromEntries(Object.entries(measurementOf(run)).filter(([name]) => !fields.includes(name)));
}

/** The fields that are a contender's own, regardless of the task. */
export function contenderKey(run: Pick<RunRow, 'measurement'>): string {
  return JSON.stringify(measurementBut(run, taskFieldsOf(run)));
}

export function taskFieldsOf(run: Pick<RunRow, 'measurement'>): string[] {
  return Object.keys(taskOf(measurementOf(run)));
}

/** The table is data: anything but an object of plain values is left out. */
function parse(text: string): Measurement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const isScalar = (field: unknown) => ['string', 'number', 'boolean'].includes(typeof field) || field === null;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => isScalar(field)));
}

/** What the name of a contender says by itself. */
const named = [
  'framework.name',
  'framework.version',
  'model.sha256',
  'model.quantize',
  'model.weightClass',
  'effective.device',
];

/**
 * The build, of a framework that comes in several; what distinguishes a contender from others of its framework; and what kept it
 * from being an equal of the others.
 * @param all every contender that the reader sees
 * @param silent fields that the reader sees elsewhere
 */
export function differingSettings(key: Key, all: readonly Key[], silent: readonly string[] = []): string[] {
  const build = buildWords(measurementOf(key));
  return [...new Set([...build, ...ownSettings(key, all, silent), ...conditionWords(key, all, silent)])];
}

/** The build, of a framework that comes in several, and what distinguishes a contender from others of its framework: for sentences. */
export function shortSettings(key: Key, all: readonly Key[]): string[] {
  return [...new Set([...buildWords(measurementOf(key)), ...ownSettings(key, all)])];
}

/** What distinguishes a contender from others of its framework, and nothing else: for pictures that compare none of them. */
export function ownSettings(key: Key, all: readonly Key[], silent: readonly string[] = []): string[] {
  const ofFramework = all.filter(({ framework }) => framework === key.framework);
  return differingWords(measurementOf(key), ofFramework.map(measurementOf), silent);
}

type Key = Pick<RunRow, 'framework' | 'measurement'>;
type NamedKey = Key & Pick<RunRow, 'framework_title' | 'quantize' | 'device' | 'threads' | 'comparable'>;

/** Threads, context, batch, temperature and arithmetic, where not all contenders have the same. */
function conditionWords(key: Key, all: readonly Key[], silent: readonly string[]): string[] {
  return wordsAmong(key, all, labelFields, silent);
}

/** Flash attention, spinning, affinity and build, where not all contenders have the same. */
export function implementationWords(key: Key, all: readonly Key[]): string[] {
  return wordsAmong(key, all, implementationFields);
}

function wordsAmong(key: Key, all: readonly Key[], fields: readonly string[], silent: readonly string[] = []) {
  const told = all.map((other) => fieldsOf(measurementOf(other), fields));
  return differingWords(fieldsOf(measurementOf(key), fields), told, silent, { unknowns: true });
}

/** @param all every contender that the reader sees */
export function groupNames(all: readonly NamedKey[]): (key: NamedKey) => string {
  const silent = [...named, 'effective.settings.threads'];
  return (key) =>
    [
      frameworkTitle(key),
      key.quantize,
      key.device,
      ...(key.threads === null ? [] : [key.threads === 1 ? '1 thread' : `${key.threads} threads`]),
      ...differingSettings(key, all, silent),
      ...(key.comparable === true ? [] : ['(not comparable)']),
    ].join(' ');
}
