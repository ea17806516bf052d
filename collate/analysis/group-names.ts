/** Names of contenders: framework, weights, device and threads, and whatever else tells two of one framework apart. */
import type { GroupKey } from './groups.ts';

/** Settings that most frameworks do not have, in words that stand by themselves; empty where the format says it. */
export const settingWords = [
  ['precision', ({ precision, quantize }) => (precision === quantize ? '' : `precision ${precision ?? 'unknown'}`)],
  ['compile', ({ compile }) => (compile === true ? 'compiled' : 'not compiled')],
  ['device_count', ({ device_count }) => (device_count === 1 ? '1 device' : `${device_count ?? 'unknown'} devices`)],
  ['shard', ({ shard }) => `split by ${shard ?? 'unknown'}`],
  ['batch_tokens', ({ batch_tokens }) => `batch ${batch_tokens ?? 'unknown'}`],
  ['flash_attention', ({ flash_attention }) => `flash attention ${flash_attention ?? 'unknown'}`],
  ['kv_type', ({ kv_type }) => `KV ${kv_type ?? 'unknown'}`],
] as const satisfies ReadonlyArray<readonly [keyof GroupKey, (key: GroupKey) => string]>;

/** Those settings in which the contenders of one framework differ, among all that the reader sees. */
export function differingSettings(key: GroupKey, all: readonly GroupKey[]): string[] {
  const ofFramework = all.filter(({ framework }) => framework === key.framework);
  return settingWords
    .filter(([name]) => new Set(ofFramework.map((other) => other[name])).size > 1)
    .map(([, words]) => words(key))
    .filter((words) => words !== '');
}

/** @param all every contender that the reader sees */
export function groupNames(all: readonly GroupKey[]): (key: GroupKey) => string {
  return (key) =>
    [
      key.framework,
      key.quantize,
      key.device,
      ...(key.threads === null ? [] : [`${key.threads} threads`]),
      ...differingSettings(key, all),
      ...(key.comparable === true ? [] : ['(not comparable)']),
    ].join(' ');
}
