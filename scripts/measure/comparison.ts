/** The end of benchmark.ts: who is faster, by how much and how sure, within each weight class; and what did not run. */
import { group } from 'd3-array';
import type { ComparedCell, NotRun } from './cells.ts';
import { noiseFloor } from './noise-floor.ts';
import type { ParityReferenceRow } from './parity/parity-result.ts';
import type { ParityStanding } from './parity/parity-standing.ts';
import type { RunSummary } from './run-summary.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Comparison, compareWith } from './verdict.ts';

export interface ComparisonRow {
  framework: string;
  quantize: string;
  runs: number;
  /** Over runs: each run's total tokens / total time, or its mean tg rate. */
  tokensPerSecond: Summary;
  ttftMs: Summary | null;
  prefillTokensPerSecond: Summary | null;
  peakBytes: number | null;
  correct: string | null;
  comparable: boolean;
  /** Null where parity was not checked. */
  parity: ParityStanding | null;
  /** Why it is not ranked, in words; null when it is. */
  unranked: string | null;
  /** Against the fastest of those that are ranked; null for that one itself, and for what is not ranked. */
  against: Comparison | null;
}

interface ComparisonClass {
  weightClass: string;
  /** Fastest first. */
  rows: ComparisonRow[];
}

export interface ComparisonResult {
  /** What the rate is: decode of answers, or tg of the kernel workload. */
  metric: 'decode' | 'tg';
  /** What all were held against; none where parity was not checked. */
  references: readonly ParityReferenceRow[];
  classes: ComparisonClass[];
  notRun: NotRun[];
}

export function compareCells(
  cells: readonly ComparedCell[],
  metric: ComparisonResult['metric'],
  references: ComparisonResult['references'] = [],
): ComparisonResult {
  const classes = group(cells, (cell) => cell.weightClass);
  return {
    metric,
    references,
    classes: [...classes]
      .map(([weightClass, members]) => ({ weightClass, rows: rowsOf(members, metric) }))
      .filter(({ rows }) => rows.length > 0),
    notRun: cells.flatMap((cell) => failures(cell)),
  };
}

function rowsOf(cells: readonly ComparedCell[], metric: ComparisonResult['metric']): ComparisonRow[] {
  const measured = cells
    .map((cell) => ({ cell, rates: numbers(cell.runs, (run) => rateOf(run, metric)) }))
    .filter(({ rates }) => rates.length > 0)
    .sort((a, b) => average(b.rates) - average(a.rates));
  const fastest = measured.find(({ cell }) => whyUnranked(cell) === null);
  const whyNot = (cell: ComparedCell) => whyUnranked(cell) ?? whyOtherOutputs(cell, fastest?.cell ?? cell);
  const others = measured.filter((one) => one !== fastest && whyNot(one.cell) === null);
  const comparisons =
    fastest === undefined
      ? []
      : compareWith(
          fastest.rates,
          others.map(({ rates }) => rates),
          { reference: 'chosen by its result', noiseFloor: noiseFloor([fastest, ...others].map(({ rates }) => rates)) },
        );
  return measured.flatMap(({ cell, rates }) => {
    const tokensPerSecond = summarize(rates);
    if (tokensPerSecond === null) return [];
    const place = others.findIndex((other) => other.cell === cell);
    return {
      framework: cell.framework,
      quantize: cell.quantize,
      runs: rates.length,
      tokensPerSecond,
      ttftMs: summarize(numbers(cell.runs, (run) => run.answers?.ttftMs?.median)),
      prefillTokensPerSecond: summarize(
        numbers(cell.runs, (run) => run.kernel?.pp?.mean ?? run.answers?.totals.prefillTokensPerSecond),
      ),
      peakBytes: summarize(numbers(cell.runs, (run) => run.memory.peakBytes))?.max ?? null,
      correct: correctOf(cell.runs),
      comparable: isComparable(cell),
      parity: cell.parity,
      unranked: whyNot(cell),
      against: comparisons[place] ?? null,
    };
  });
}

/** Only equals are ranked: devices that compare, and answers that are the reference's. */
function whyUnranked(cell: ComparedCell): string | null {
  if (!isComparable(cell)) return 'not comparable';
  switch (cell.parity?.status) {
    case undefined:
    case 'passed':
      return null;
    case 'failed':
      return `no parity: ${cell.parity.reasons.join('; ')}`;
    case 'not judged':
      return `no parity: ${cell.parity.reason}`;
    default:
      return cell.parity satisfies never;
  }
}

/** Where parity was not checked, nothing but equal outputs says that two did the same work. */
function whyOtherOutputs(cell: ComparedCell, fastest: ComparedCell): string | null {
  if (cell === fastest || cell.parity !== null) return null;
  const hashesOf = ({ runs }: ComparedCell) => runs.flatMap((run) => run.answers?.outputSha256 ?? []);
  const hashes = [...hashesOf(cell), ...hashesOf(fastest)];
  if (hashes.length === 0) return 'parity was not checked, and there are no outputs to compare';
  return new Set(hashes).size === 1 ? null : "parity was not checked, and its outputs differ from the fastest one's";
}

const isComparable = (cell: ComparedCell) => cell.runs.every((run) => run.status !== 'completed' || run.comparable);

/** What a run adds to its cell's rate; null for one that did not complete. */
export function rateOf(run: RunSummary, metric: ComparisonResult['metric']): number | null | undefined {
  if (run.status !== 'completed') return null;
  return metric === 'tg' ? run.kernel?.tg?.mean : run.answers?.totals.decodeTokensPerSecond;
}

function numbers(runs: readonly RunSummary[], pick: (run: RunSummary) => number | null | undefined): number[] {
  return runs.map(pick).filter((value) => typeof value === 'number');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correctOf(runs: readonly RunSummary[]): string | null {
  const judged = runs.reduce((sum, run) => sum + (run.answers?.judged ?? 0), 0);
  if (judged === 0) return null;
  return `${runs.reduce((sum, run) => sum + (run.answers?.correct ?? 0), 0)}/${judged}`;
}

function failures({ framework, quantize, runs, problems }: ComparedCell): ComparisonResult['notRun'] {
  const failedRuns = runs
    .filter((run) => run.status !== 'completed')
    .map((run) => ({
      framework,
      quantize,
      status: run.status,
      reason: run.error?.message ?? 'no reason given',
      remedy: run.error?.remedy ?? null,
    }));
  return [...failedRuns, ...problems.map((problem) => ({ framework, quantize, ...problem }))];
}
