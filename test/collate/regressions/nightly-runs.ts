/** A run each night, as rows of runs.csv: what a trend is found in. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader, csvRow } from '../../../collate/tables/csv.ts';
import type { Measurement } from '../../../scripts/log/measurement.ts';
import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { answersTable } from '../../../scripts/workloads/questions/tables.ts';
import { noises } from '../../fakes/simulated-series.ts';
import { completedRun } from '../../plots/row-factory.ts';

interface Night {
  /** Tokens per second before noise. */
  rate?: number;
  row?: Partial<RunRow>;
  /** Fields of its measurement beside those that follow from its columns. */
  facts?: Measurement;
}

const firstNight = Date.UTC(2026, 0, 1, 2);

export function nightOf(index: number): string {
  return new Date(firstNight + index * 86_400_000).toISOString();
}

/** @param noise standard deviation of the logarithms */
export function nightlyRuns(nights: number, of: (night: number) => Night, { noise = 0.01, seed = 1 } = {}): RunRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: nights }, (_, night) => {
    const { rate = 50, row = {}, facts = {} } = of(night);
    const run = completedRun(
      {
        uuid: `${String(seed).padStart(4, '0')}${String(night).padStart(4, '0')}-0000-4000-8000-000000000000`,
        session: null,
        started_at: nightOf(night),
        certificate: 'passed',
        ...row,
      },
      rate * Math.exp(noise * noises.normal(random)),
    );
    return { ...run, measurement: JSON.stringify({ ...JSON.parse(run.measurement ?? '{}'), ...facts }) };
  });
}

/** runs.csv, and an answers.csv without answers. */
export function writeRuns(output: string, rows: readonly RunRow[]): void {
  writeFileSync(join(output, 'runs.csv'), csvHeader(runColumns) + rows.map((row) => csvRow(runColumns, row)).join(''));
  writeFileSync(join(output, 'answers.csv'), csvHeader(answersTable.columns));
}
