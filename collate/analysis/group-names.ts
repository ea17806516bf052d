/** Names of contenders: framework, weights, device and threads, and whatever else tells two of one framework apart. */

import { conditionFields } from '../../scripts/measure/measurement.ts';
import { differingWords } from '../../scripts/measure/measurement-words.ts';
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
 * What tells a contender from others of its framework, and whatever kept it from being an equal of the others.
 * @param all every contender that the reader sees
 * @param silent fields that the reader sees elsewhere
 */
export function differingSettings(key: Key, all: readonly Key[], silent: readonly string[] = []): string[] {
  const ofFramework = all.filter(({ framework }) => framework === key.framework);
  const words = (others: readonly Key[], quiet: readonly string[]) =>
    differingWords(measurementOf(key), others.map(measurementOf), quiet);
  return [...new Set([...words(ofFramework, silent), ...conditionWords(key, all, silent)])];
}

type Key = Pick<GroupKey, 'framework' | 'measurement'>;

/** Threads, context, batch and temperature, where not all contenders have the same. */
function conditionWords(key: Key, all: readonly Key[], silent: readonly string[]): string[] {
  const own = measurementOf(key);
  const only = (measurement: ReturnType<typeof measurementOf>) =>
    Object.fromEntries(Object.entries(measurement).filter(([name]) => conditionFields.includes(name)));
  const told = all.map(measurementOf).map(only);
  return differingWords(only(own), told, silent);
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
