/** The end of benchmark.ts: who is faster, by how much and how sure, within each weight class; and what did not run. */
import { group } from 'd3-array';
import type { RunSummary } from './run-summary.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Comparison, compareWith } from './verdict.ts';

/** All runs of one framework with one format of the weights. */
export interface ComparedCell {
  framework: string;
  quantize: string;
  weightClass: string;
  runs: RunSummary[];
  /** What kept a cell from running at all: no model, no log. */
  problems: Array<{ status: string; reason: string; remedy: string | null }>;
}

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
  /** False where a run's tokens differ from those of the fastest: no ranking without parity. */
  sameOutputs: boolean;
  /** Against the fastest of the class; null for that one itself. */
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
  classes: ComparisonClass[];
  notRun: Array<{ framework: string; quantize: string; status: string; reason: string; remedy: string | null }>;
}

export function compareCells(cells: readonly ComparedCell[], metric: ComparisonResult['metric']): ComparisonResult {
  const classes = group(cells, (cell) => cell.weightClass);
  return {
    metric,
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
  const ranked = measured.filter(({ cell }) => isComparable(cell));
  const [fastest, ...others] = ranked;
  const comparisons =
    fastest === undefined
      ? []
      : compareWith(
          fastest.rates,
          others.map(({ rates }) => rates),
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
      sameOutputs: fastest === undefined || sameOutputs(cell, fastest.cell),
      against: comparisons[place] ?? null,
    };
  });
}

/** Runs without answers, of the kernel workload, say nothing that could differ. */
function sameOutputs(a: ComparedCell, b: ComparedCell): boolean {
  const hashes = (cell: ComparedCell) => cell.runs.flatMap((run) => run.answers?.outputSha256 ?? []);
  return new Set([...hashes(a), ...hashes(b)]).size <= 1;
}

const isComparable = (cell: ComparedCell) => cell.runs.every((run) => run.status !== 'completed' || run.comparable);

function rateOf(run: RunSummary, metric: ComparisonResult['metric']): number | null | undefined {
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
