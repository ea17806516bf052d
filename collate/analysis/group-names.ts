/** Names of contenders: framework, weights, device and threads, and whatever else tells two of one framework apart. */

import { fieldsOf, implementationFields, labelFields } from '../../scripts/log/measurement.ts';
import { buildWords, differingWords } from '../../scripts/log/measurement-words.ts';
import type { GroupKey } from './groups.ts';
import { measurementOf } from './measurement.ts';

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
 * The build, of a framework that comes in several; what tells a contender from others of its framework; and whatever kept it
 * from being an equal of the others.
 * @param all every contender that the reader sees
 * @param silent fields that the reader sees elsewhere
 */
export function differingSettings(key: Key, all: readonly Key[], silent: readonly string[] = []): string[] {
  const build = buildWords(measurementOf(key));
  return [...new Set([...build, ...ownSettings(key, all, silent), ...conditionWords(key, all, silent)])];
}

/** The build, of a framework that comes in several, and what tells a contender from others of its framework: for sentences. */
export function shortSettings(key: Key, all: readonly Key[]): string[] {
  return [...new Set([...buildWords(measurementOf(key)), ...ownSettings(key, all)])];
}

/** What tells a contender from others of its framework, and nothing else: for pictures that compare none of them. */
export function ownSettings(key: Key, all: readonly Key[], silent: readonly string[] = []): string[] {
  const ofFramework = all.filter(({ framework }) => framework === key.framework);
  return differingWords(measurementOf(key), ofFramework.map(measurementOf), silent);
}

type Key = Pick<GroupKey, 'framework' | 'measurement'>;

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
export function groupNames(all: readonly GroupKey[]): (key: GroupKey) => string {
  const silent = [...named, 'effective.settings.threads'];
  return (key) =>
    [
      key.framework,
      key.quantize,
      key.device,
      ...(key.threads === null ? [] : [key.threads === 1 ? '1 thread' : `${key.threads} threads`]),
      ...differingSettings(key, all, silent),
      ...(key.comparable === true ? [] : ['(not comparable)']),
    ].join(' ');
}
