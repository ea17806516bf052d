/** The end of benchmark.ts: who is faster, by how much and how sure, within each weight class; and what did not run. */
import { group } from 'd3-array';
import type { ComparedCell, NotRun } from './cells.ts';
import type { NoiseFloor } from './certificate/certificate-records.ts';
import { type CertificatesSummary, summarizeCertificates } from './certificate/certificates-summary.ts';
import { noiseFloorOf } from './noise-floor.ts';
import type { ParityReferenceRow } from './parity/parity-result.ts';
import type { ParityStanding } from './parity/parity-standing.ts';
import type { RunSummary } from './run-summary.ts';
import type { SessionResult } from './session.ts';
import { sourceRelation } from './source-relation.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Comparison, compareWith } from './verdict.ts';

export interface ComparisonRow {
  framework: string;
  quantize: string;
  runs: number;
  /** Of these, runs that still became faster while they were measured. */
  notWarm: number;
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

export interface ComparisonClass {
  weightClass: string;
  /** A/A noise within the class, which no difference may stay below; null with too few runs. */
  noiseFloor: NoiseFloor | null;
  /** Fastest first. */
  rows: ComparisonRow[];
}

export interface ComparisonResult {
  /** What the rate is: decode of answers, or tg of the kernel workload. */
  metric: 'decode' | 'tg';
  /** What all were held against; none where parity was not checked. */
  references: readonly ParityReferenceRow[];
  classes: ComparisonClass[];
  /** Of this host, over all classes. */
  noiseFloor: NoiseFloor | null;
  certificates: CertificatesSummary;
  /** Runs that failed their certificate and gave way to a better one; their logs are kept. */
  replaced: Array<{ uuid: string; log: string }>;
  notRun: NotRun[];
}

export function compareCells(
  cells: readonly ComparedCell[],
  metric: ComparisonResult['metric'],
  references: ComparisonResult['references'] = [],
  { identical, replaced }: Pick<SessionResult, 'identical' | 'replaced'> = { identical: null, replaced: [] },
): ComparisonResult {
  const classes = group(cells, (cell) => cell.weightClass);
  const ratesOf = (cell: ComparedCell) => numbers(cell.runs, (run) => rateOf(run, metric));
  const floorOf = (members: readonly ComparedCell[]) =>
    noiseFloorOf(
      members.map(ratesOf),
      identical !== null && members.includes(identical.cell)
        ? [{ a: ratesOf(identical.cell), b: ratesOf(identical.twin) }]
        : [],
    );
  const runs = [...cells, ...(identical === null ? [] : [identical.twin])].flatMap((cell) => cell.runs);
  return {
    metric,
    references,
    classes: [...classes]
      .map(([weightClass, members]) => {
        const noiseFloor = floorOf(members);
        return { weightClass, noiseFloor, rows: rowsOf(members, metric, noiseFloor?.share ?? 0) };
      })
      .filter(({ rows }) => rows.length > 0),
    noiseFloor: floorOf(cells),
    certificates: summarizeCertificates(runs.flatMap(({ certificate }) => certificate ?? [])),
    replaced: replaced.map(({ uuid, log }) => ({ uuid, log })),
    notRun: cells.flatMap((cell) => failures(cell)),
  };
}

function rowsOf(
  cells: readonly ComparedCell[],
  metric: ComparisonResult['metric'],
  noiseFloor: number,
): ComparisonRow[] {
  const measured = cells
    .map((cell) => ({ cell, rates: numbers(cell.runs, (run) => rateOf(run, metric)) }))
    .filter(({ rates }) => rates.length > 0)
    .sort((a, b) => average(b.rates) - average(a.rates));
  const fastest = measured.find(({ cell }) => whyUnranked(cell) === null);
  const whyNot = (cell: ComparedCell) =>
    whyUnranked(cell) ?? whyOtherSource(cell, fastest?.cell ?? cell) ?? whyOtherOutputs(cell, fastest?.cell ?? cell);
  const others = measured.filter((one) => one !== fastest && whyNot(one.cell) === null);
  const comparisons =
    fastest === undefined
      ? []
      : compareWith(
          fastest.rates,
          others.map(({ rates }) => rates),
          { reference: 'chosen by its result', noiseFloor },
        );
  return measured.flatMap(({ cell, rates }) => {
    const tokensPerSecond = summarize(rates);
    if (tokensPerSecond === null) return [];
    const place = others.findIndex((other) => other.cell === cell);
    return {
      framework: cell.framework,
      quantize: cell.quantize,
      runs: rates.length,
      notWarm: cell.runs.filter(({ warnings }) => warnings.some(({ code }) => code === 'not_warm')).length,
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

/** Speed is compared on the same source weights; where nothing tells, parity has to. */
function whyOtherSource(cell: ComparedCell, fastest: ComparedCell): string | null {
  const sourcesOf = ({ runs }: ComparedCell) => runs.flatMap(({ source }) => source ?? []);
  if (cell === fastest || sourceRelation(sourcesOf(cell), sourcesOf(fastest)) !== 'other source') return null;
  return "its weights descend from another source than the fastest one's";
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
