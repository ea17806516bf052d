/** Columns of runs.csv with the kernel workload and the engine's own counters. */
import { type Column, column } from './column.ts';

export const kernelColumns = [
  column('n_prompt', 'integer', 'tokens', 'pp tokens', 'kernel workload: prompt tokens of the pp test'),
  column('n_gen', 'integer', 'tokens', 'tg tokens', 'kernel workload: tokens of the tg test'),
  column('depth', 'integer', 'tokens', 'Depth', 'kernel workload: KV positions filled beforehand'),
  column('repetitions', 'integer', '', 'Repetitions', 'kernel workload: measured repetitions'),
  column('pp_tokens_per_s', 'number', 'tokens/s', 'pp rate', 'kernel workload: mean over repetitions, as llama-bench'),
  column('pp_stddev_tokens_per_s', 'number', 'tokens/s', 'pp deviation', 'over repetitions (n - 1)'),
  column('tg_tokens_per_s', 'number', 'tokens/s', 'tg rate', 'kernel workload: mean over repetitions, as llama-bench'),
  column('tg_stddev_tokens_per_s', 'number', 'tokens/s', 'tg deviation', 'over repetitions (n - 1)'),
  column(
    'kernel_chooses_token',
    'boolean',
    '',
    'Token choice',
    'kernel workload: true where the engine cannot leave out choosing a token in each step, so that its rates are lower bounds',
  ),
] as const satisfies readonly Column[];

/** From the latest `statistics` record; empty where the engine does not count them. */
export const counterColumns = [
  column('shared_bytes', 'integer', 'B', 'Shared memory', 'bytes that two libraries use in one place'),
  column('copied_bytes', 'integer', 'B', 'Copied memory', 'bytes that were copied between them'),
  column('fallback_tokens', 'integer', 'tokens', 'Fallback', 'tokens that the slower path had to compute'),
  column('kernel_cache_kernels', 'integer', '', 'Cached kernels', 'compiled kernels in the cache on disk'),
  column('kernel_cache_bytes', 'integer', 'B', 'Kernel cache', 'size of that cache'),
  column('kernel_cache_hits', 'integer', '', 'Kernel cache hits', 'kernels of this run that were in the cache'),
  column('kernel_cache_new_kernels', 'integer', '', 'New kernels', 'kernels that this run added to the cache'),
  column('jit_kernels', 'integer', '', 'JIT kernels', 'kernels in the steps that the JIT captured'),
] as const satisfies readonly Column[];
