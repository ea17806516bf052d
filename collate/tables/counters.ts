/** The engine's own counters, from the latest `statistics` record of a log: the names are those of the columns. */
import type { StatisticsRecord } from '../../scripts/log/run-log-format.ts';
import type { counterColumns } from './columns/run-engine.ts';
import type { RunRow } from './columns/runs.ts';
import { wholeSetting } from './settings.ts';

type Counters = Pick<RunRow, (typeof counterColumns)[number]['name']>;

export function counterFigures(statistics: StatisticsRecord | null): Counters {
  const counted = (name: keyof Counters) => wholeSetting(statistics?.values ?? {}, name);
  return {
    shared_bytes: counted('shared_bytes'),
    copied_bytes: counted('copied_bytes'),
    fallback_tokens: counted('fallback_tokens'),
    kernel_cache_kernels: counted('kernel_cache_kernels'),
    kernel_cache_bytes: counted('kernel_cache_bytes'),
    kernel_cache_hits: counted('kernel_cache_hits'),
    kernel_cache_new_kernels: counted('kernel_cache_new_kernels'),
    jit_kernels: counted('jit_kernels'),
  };
}
