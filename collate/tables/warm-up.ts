/** How long a run was warmed up, and how much of it was measured. */
import { measuredWorkNs } from '../../scripts/results/figures/measured-work.ts';
import type { Run } from '../logs/run.ts';
import type { RunRow } from './columns/runs.ts';
import { numberSetting, wholeSetting } from './settings.ts';

type WarmUpFigures = Pick<RunRow, 'warmup_tokens' | 'warmup_work_ms' | 'warmup_ended' | 'not_warm'>;
type ExtentFigures = Pick<RunRow, 'rounds_asked' | 'min_seconds' | 'measured_work_ms'>;

export function warmUpFigures({ warmUpRecords: warmUps, warnings }: Run): WarmUpFigures {
  const sum = (of: (warmUp: Run['warmUpRecords'][number]) => number) =>
    warmUps.reduce((total, one) => total + of(one), 0);
  const known = warmUps.length > 0;
  // The kernel workload warms up twice: one that did not settle is what matters.
  const ended = warmUps.find((one) => one.ended === 'cap') ?? warmUps[0];
  return {
    warmup_tokens: known ? sum(({ tokens }) => tokens) : null,
    warmup_work_ms: known ? sum(({ workNs }) => workNs) / 1e6 : null,
    warmup_ended: ended?.ended ?? null,
    not_warm: warnings.some(({ code }) => code === 'not_warm') ? true : known ? false : null,
  };
}

export function extentFigures({ answers, kernels, embeddings, header }: Run): ExtentFigures {
  const workNs = measuredWorkNs([...answers, ...kernels, ...embeddings]);
  return {
    rounds_asked: wholeSetting(header.requested, 'rounds'),
    min_seconds: numberSetting(header.requested, 'minSeconds'),
    measured_work_ms: workNs === null ? null : workNs / 1e6,
  };
}
