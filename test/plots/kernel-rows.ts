/** Kernel runs over lengths, depths and batch sizes, whose rates follow from a rule. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { measuredRow } from '../collate/measured-row.ts';
import { completedRun } from './row-factory.ts';

export function kernelRun(overrides: Partial<RunRow>): RunRow {
  const { n_prompt = 256, n_gen = 32, depth = 0, batch_tokens = 512 } = overrides;
  return measuredRow({
    ...completedRun(),
    workload: 'kernel',
    n_prompt,
    n_gen,
    depth,
    batch_tokens,
    // Rises with what is evaluated at once, up to 1000.
    pp_tokens_per_s: 1000 * Math.min(1, Math.min(n_prompt ?? 0, batch_tokens ?? 0) / 128),
    // Halved at 1024 positions.
    tg_tokens_per_s: 100 / (1 + ((depth ?? 0) + (n_gen ?? 0) / 2) / 1024),
    ...overrides,
  });
}

/** As configs/suites/scaling.json makes them, each so many times, a per cent apart. */
export function lengthRuns(times: number, overrides: Partial<RunRow> = {}): RunRow[] {
  const cells: Array<Partial<RunRow>> = [
    ...[16, 32, 64, 128, 256, 512].map((n_prompt) => ({ n_prompt })),
    ...[256, 512, 1024].map((depth) => ({ depth })),
    ...[16, 32, 64, 128, 256].map((batch_tokens) => ({ batch_tokens })),
    ...[64, 128].map((n_gen) => ({ n_gen })),
  ];
  return cells.flatMap((cell, i) =>
    Array.from({ length: times }, (_, time) => {
      const run = kernelRun({ ...cell, uuid: `${i} ${time}`, session: null, ...overrides });
      const scaled = (value: number | null) => (value === null ? null : value * (1 + time / 100));
      return { ...run, pp_tokens_per_s: scaled(run.pp_tokens_per_s), tg_tokens_per_s: scaled(run.tg_tokens_per_s) };
    }),
  );
}
