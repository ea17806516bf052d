/** The end of benchmark.ts: who is faster, by how much and how sure, within each weight class; and what did not run. */
import { group } from 'd3-array';
import { differences, fieldsOf, implementationFields, labelFields, unequalReason } from '../log/measurement.ts';
import { buildWords, differingWords } from '../log/measurement-words.ts';
import type { NoiseFloor } from '../log/records/certificate-records.ts';
import {
  type Contestant,
  compare,
  type Field,
  type Figures,
  fieldOf,
  noiseFloor,
  type Unequal,
} from '../results/compare.ts';
import { correctText, pooledScore } from '../results/figures/question-score.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { type QualitySummary, summarizeQuality } from '../run/quality/quality-text.ts';
import type { NotRun } from '../run/refusal.ts';
import type { Sample } from '../statistics/log-ratio.ts';
import { type SessionDrift, sessionDrifts } from '../statistics/session-drift.ts';
import { centerOf, type Summary, summarize } from '../statistics/statistics.ts';
import type { Comparison } from '../statistics/verdict.ts';
import type { ParityStanding } from '../workloads/parity/parity-pass.ts';
import type { ParityReferenceRow } from '../workloads/parity/parity-text.ts';
import { type ComparedTrial, type Metric, rateOf } from '../workloads/trials.ts';
import type { SessionResult } from './session.ts';

export interface ComparisonRow {
  framework: string;
  quantize: string;
  runs: number;
  /** Of these, runs that still became faster while they were measured. */
  notWarm: number;
  /** Over runs: each run's total tokens / total time, or its tg rate. */
  tokensPerSecond: Summary;
  ttftMs: Summary | null;
  prefillTokensPerSecond: Summary | null;
  /** The first token's choice is in it, or more. */
  prefillIsLowerBound: boolean;
  /** Over runs as every other figure: the report says the same. */
  peakBytes: number | null;
  /** Questions, not answers: repeats are no further ones. */
  correct: string | null;
  comparable: boolean;
  /** What it computes with and how it is built, where others of its class differ in it. */
  computesWith: string[];
  /** Null where parity was not checked. */
  parity: ParityStanding | null;
  /** Why it is not ranked, in words; null when it is. */
  unranked: string | null;
  /** Against the fastest of those that are ranked; null for that one itself, and for what is not ranked. */
  against: Comparison | null;
}

export interface ComparisonClass {
  weightClass: string;
  /** A/A noise of those that are ranked, which no difference may stay below; null with too few runs. */
  noiseFloor: NoiseFloor | null;
  /** Fastest first. */
  rows: ComparisonRow[];
}

export interface ComparisonResult {
  metric: Metric;
  /** What all were held against; none where parity was not checked. */
  references: readonly ParityReferenceRow[];
  classes: ComparisonClass[];
  /** Of this host, over all classes. */
  noiseFloor: NoiseFloor | null;
  /** Whether everything became slower or faster meanwhile; null with too few rounds to tell. */
  drift: SessionDrift | null;
  certificates: QualitySummary;
  /** Runs that failed their quality checks and gave way to a better one; their logs are kept. */
  replaced: Array<{ uuid: string; log: string }>;
  notRun: NotRun[];
  /** Measured, and yet not ranked: their parity could not be told. */
  notJudged: NotRun[];
}

export function compareCells(
  cells: readonly ComparedTrial[],
  metric: Metric,
  references: ComparisonResult['references'] = [],
  { identical, replaced }: Pick<SessionResult, 'identical' | 'replaced'> = { identical: null, replaced: [] },
): ComparisonResult {
  const classes = group(cells, (cell) => cell.weightClass);
  const figuresOf = (cell: ComparedTrial): Figures => ({
    samples: samplesOf(cell, metric),
    identical: identical?.cell === cell ? [{ a: samplesOf(cell, metric), b: samplesOf(identical.twin, metric) }] : [],
  });
  const runs = [...cells, ...(identical === null ? [] : [identical.twin])].flatMap((cell) => cell.runs);
  return {
    metric,
    references,
    classes: [...classes]
      .map(([weightClass, members]) => {
        const standings = standingsOf(members, metric);
        const { reference, others } = standings;
        if (reference === undefined) return { weightClass, noiseFloor: null, rows: rowsOf(standings, []) };
        const figures = others.map(({ cell }) => figuresOf(cell));
        const compared = compare(figuresOf(reference.cell), figures, { reference: 'chosen by its result' });
        return { weightClass, noiseFloor: compared.noiseFloor, rows: rowsOf(standings, compared.comparisons) };
      })
      .filter(({ rows }) => rows.length > 0),
    noiseFloor: noiseFloor(cells.map(figuresOf)),
    drift: sessionDrifts(cells.map((cell) => samplesOf(cell, metric)))[0] ?? null,
    certificates: summarizeQuality(runs.flatMap(({ certificate }) => certificate ?? [])),
    replaced: replaced.map(({ uuid, log }) => ({ uuid, log })),
    notRun: cells.flatMap((cell) => [...failures(cell), ...withoutRate(cell, metric)]),
    notJudged: cells.flatMap(withoutParity),
  };
}

interface Measured extends Contestant {
  cell: ComparedTrial;
  samples: Sample[];
  rates: number[];
}

interface Standings extends Field<Measured> {
  /** Fastest first. */
  measured: Measured[];
  /** Why a cell is not ranked, in words. */
  unranked: (one: Measured) => string | null;
}

function standingsOf(cells: readonly ComparedTrial[], metric: Metric): Standings {
  const measured = cells
    .map((cell): Measured => {
      const samples = samplesOf(cell, metric);
      const sources = cell.runs.flatMap(({ source }) => source ?? []);
      const measurement = measurementsOf(cell)[0] ?? {};
      return {
        cell,
        samples,
        rates: samples.map(({ value }) => value),
        sources,
        measurement,
        unrankable: whyUnranked(cell),
      };
    })
    .filter(({ rates }) => rates.length > 0)
    .sort((a, b) => centerOf(b.rates) - centerOf(a.rates));
  const field = fieldOf(measured);
  const fastest = field.reference;
  const unranked = (one: Measured) => {
    const unequal = field.whyNot(one);
    if (unequal !== null) return wordsOf(unequal);
    return fastest === undefined ? null : whyOtherOutputs(one.cell, fastest.cell);
  };
  const others = field.others.filter((one) => unranked(one) === null);
  return { ...field, others, measured, unranked };
}

function wordsOf(unequal: Unequal): string {
  switch (unequal.kind) {
    case 'unrankable':
      return unequal.reason;
    case 'other source':
      return "its weights descend from another source than the fastest one's";
    case 'unequal':
      return unequalReason(unequal.conditions);
    default:
      return unequal satisfies never;
  }
}

function rowsOf({ measured, others, unranked }: Standings, comparisons: readonly Comparison[]): ComparisonRow[] {
  return measured.flatMap((one) => {
    const { cell, rates } = one;
    const tokensPerSecond = summarize(rates);
    if (tokensPerSecond === null) return [];
    const place = others.indexOf(one);
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
      prefillIsLowerBound: cell.runs.some(
        (run) => run.answers?.prefillIsLowerBound === true || run.kernel?.choosesToken === true,
      ),
      peakBytes: summarize(numbers(cell.runs, (run) => run.memory.peakBytes))?.center ?? null,
      correct: correctOf(cell.runs),
      comparable: isComparable(cell),
      computesWith: computesWith(
        cell,
        measured.map((each) => each.cell),
      ),
      parity: cell.parity,
      unranked: unranked(one),
      against: comparisons[place] ?? null,
    };
  });
}

/** Only equals are ranked: devices that compare, and answers that are the reference's. */
function whyUnranked(cell: ComparedTrial): string | null {
  if (!isComparable(cell)) return 'not comparable';
  const mixed = whyMixed(cell);
  if (mixed !== null) return mixed;
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

/** Arithmetic, threads and build, as far as they are not alike. */
function computesWith(cell: ComparedTrial, all: readonly ComparedTrial[]): string[] {
  const fields = [...labelFields, ...implementationFields];
  const firstOf = (one: ComparedTrial) => fieldsOf(measurementsOf(one)[0] ?? {}, fields);
  const build = buildWords(measurementsOf(cell)[0] ?? {});
  return [...new Set([...build, ...differingWords(firstOf(cell), all.map(firstOf), [], { unknowns: true })])];
}

/** Only runs that measured the same are one sample. */
function whyMixed(cell: ComparedTrial): string | null {
  const measurements = measurementsOf(cell);
  const [first] = measurements;
  const other = measurements.find((each) => first !== undefined && differences(first, each).length > 0);
  if (first === undefined || other === undefined) return null;
  const words = [first, other].map((each) => differingWords(each, [first, other]).join(', '));
  return `its runs did not all measure the same: ${words.join(' and ')}`;
}

function measurementsOf({ runs }: ComparedTrial) {
  return runs.filter(({ status }) => status === 'completed').map(({ measurement }) => measurement);
}

/** Where parity was not checked, nothing but equal outputs says that two did the same work. */
function whyOtherOutputs(cell: ComparedTrial, fastest: ComparedTrial): string | null {
  if (cell === fastest || cell.parity !== null) return null;
  const hashesOf = ({ runs }: ComparedTrial) => runs.flatMap((run) => run.answers?.outputSha256 ?? []);
  const hashes = [...hashesOf(cell), ...hashesOf(fastest)];
  if (hashes.length === 0) return 'parity was not checked, and there are no outputs to compare';
  return new Set(hashes).size === 1 ? null : "parity was not checked, and its outputs differ from the fastest one's";
}

const isComparable = (cell: ComparedTrial) => cell.runs.every((run) => run.status !== 'completed' || run.comparable);

function numbers(runs: readonly RunSummary[], pick: (run: RunSummary) => number | null | undefined): number[] {
  return runs.map(pick).filter((value) => typeof value === 'number');
}

/** The runs of a cell that have a rate, each with its place in the session. */
function samplesOf({ runs }: ComparedTrial, metric: Metric): Sample[] {
  return runs.flatMap((run) => {
    const value = rateOf(run, metric);
    if (typeof value !== 'number') return [];
    return { value, session: run.session?.uuid ?? null, round: run.session?.iteration ?? null };
  });
}

/** Of the questions, which every run of the cell was asked. */
function correctOf(runs: readonly RunSummary[]): string | null {
  const score = pooledScore(runs.flatMap((run) => run.answers?.score ?? []));
  return score === null ? null : `${correctText(score)}/${score.questions}`;
}

function failures({ framework, quantize, runs, problems }: ComparedTrial): ComparisonResult['notRun'] {
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

function withoutParity({ framework, quantize, parity }: ComparedTrial): NotRun[] {
  if (parity?.status !== 'not judged' || !parity.loaded || parity.cause === 'interrupted') return [];
  return [{ framework, quantize, status: parity.cause, reason: parity.reason, remedy: parity.remedy }];
}

/** A run that completed and tells no rate is in no sample, and says why. */
function withoutRate({ framework, quantize, runs }: ComparedTrial, metric: Metric): NotRun[] {
  const silent = runs.filter((run) => run.status === 'completed' && typeof rateOf(run, metric) !== 'number');
  return silent.map(({ warnings }) => {
    const why =
      warnings.find(({ code }) => code === 'held_back') ?? warnings.find(({ code }) => code === 'empty_answers');
    const reason = why?.message ?? 'no answer is long enough for a rate';
    return { framework, quantize, status: 'no rate', reason, remedy: null };
  });
}
