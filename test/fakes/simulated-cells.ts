/** Simulated rates in the clothes of runs, for the comparison at the end of benchmark.ts. */

import { compareCells } from '../../scripts/compare/comparison.ts';
import { type RunSummary, summarizeRun } from '../../scripts/results/run-summary.ts';
import type { Comparison } from '../../scripts/statistics/verdict.ts';
import type { ComparedTrial } from '../../scripts/workloads/trials.ts';
import { logRecords } from '../collate/log-factory.ts';
import { header } from '../collate/run-records.ts';

const records = logRecords();
const end = records.findLast((record) => record.type === 'end');
if (end === undefined) throw new Error('the log is complete');
const pattern = summarizeRun({ header: header(1, 'scripted'), logPath: 'log.txt', end, records });

function summaryWithRate(decodeTokensPerSecond: number, iteration: number): RunSummary {
  if (pattern.answers === null) throw new Error('the log has answers');
  return {
    ...pattern,
    session: { uuid: '00000000-0000-4000-8000-00000000000f', iteration },
    // The other figures would only cost time, a thousand times over.
    answers: {
      ...pattern.answers,
      ttftMs: null,
      totals: { ...pattern.answers.totals, prefillTokensPerSecond: null, decodeTokensPerSecond },
    },
    memory: { ...pattern.memory, peakBytes: null },
  };
}

/** Every verdict on those that are not the fastest. */
export function verdictsOf(samples: ReadonlyArray<readonly number[]>): Array<Comparison['verdict']> {
  return comparisonsOf(samples).map(({ verdict }) => verdict);
}

export function comparisonsOf(samples: ReadonlyArray<readonly number[]>): Comparison[] {
  const rows = compareCells(simulatedCells(samples), 'decode').classes.flatMap((each) => each.rows);
  return rows.map(({ against }) => against).filter((against) => against !== null);
}

/** The comparisons by the place of the contender; empty where another one than the reference was the fastest. */
export function comparisonsAgainst(
  reference: number,
  samples: ReadonlyArray<readonly number[]>,
): ReadonlyMap<number, Comparison> {
  const rows = compareCells(simulatedCells(samples), 'decode').classes.flatMap((each) => each.rows);
  const placeOf = (framework: string) => Number(framework.replace('contender-', ''));
  if (rows[0] === undefined || placeOf(rows[0].framework) !== reference) return new Map();
  return new Map(rows.flatMap(({ framework, against }) => (against === null ? [] : [[placeOf(framework), against]])));
}

export function simulatedCells(samples: ReadonlyArray<readonly number[]>): ComparedTrial[] {
  return samples.map((rates, i) => ({
    framework: `contender-${i}`,
    quantize: 'f16',
    weightClass: '16-bit',
    runs: rates.map(summaryWithRate),
    problems: [],
    parity: null,
  }));
}
