/** Settings that make two runs of one framework different things, and how a label says them. */
import { settingWords } from '../../collate/analysis/group-names.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';

export const settings = [
  ['quantize', ({ quantize }) => quantize ?? 'unknown format'],
  ...settingWords,
  ['threads', ({ threads }) => `threads ${threads ?? 'unknown'}`],
  ['gpu_layers', ({ gpu_layers }) => `GPU layers ${gpu_layers ?? 'unknown'}`],
  ['context_tokens', ({ context_tokens }) => `context ${context_tokens ?? 'unknown'}`],
  ['temperature', ({ temperature }) => `temperature ${temperature ?? 'unknown'}`],
  ['framework_version', ({ framework_version }) => `version ${framework_version ?? 'unknown'}`],
] as const satisfies ReadonlyArray<readonly [keyof RunRow, (run: RunRow) => string]>;
