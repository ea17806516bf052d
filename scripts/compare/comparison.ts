/** The end of benchmark.ts: who is faster, by how much and how sure, within each weight class; and what did not run. */
import { group } from 'd3-array';
import { milliseconds } from '../command-line/format.ts';
import { differences, fieldsOf, implementationFields, labelFields } from '../log/measurement.ts';
import { buildWords, differingWords } from '../log/measurement-words.ts';
import { type Contestant, compare, type Field, type Figures, fieldOf, noiseFloor } from '../results/compare.ts';
import { correctText, pooledScore } from '../results/figures/question-score.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { summarizeQuality } from '../run/quality/quality-text.ts';
import type { Sample } from '../statistics/log-ratio.ts';
import { sessionDrifts } from '../statistics/session-drift.ts';
import { centerOf, summarize } from '../statistics/statistics.ts';
import type { Comparison } from '../statistics/verdict.ts';
import type { ParityReferenceRow } from '../workloads/parity/parity-text.ts';
import { type ComparedTrial, type Metric, rateOf } from '../workloads/trials.ts';
import type { SessionResult } from './session.ts';
import { failures, withoutParity, withoutRate } from './session-warnings.ts';

export type ComparisonResult = ReturnType<typeof compareCells>;
export type ComparisonClass = ComparisonResult['classes'][number];
export type ComparisonRow = ReturnType<typeof rowsOf>[number];

/** @param references what all were compared with; none where parity was not checked */
export function compareCells(
  cells: readonly ComparedTrial[],
  metric: Metric,
  references: readonly ParityReferenceRow[] = [],
  { identical, replaced }: Pick<SessionResult, 'identical' | 'replaced'> = { identical: null, replaced: [] },
) {
  const figuresOf = (cell: ComparedTrial): Figures => ({
    samples: samplesOf(cell, metric),
    identical: identical?.cell === cell ? [{ a: samplesOf(cell, metric), b: samplesOf(identical.twin, metric) }] : [],
  });
  const runs = [...cells, ...(identical === null ? [] : [identical.twin])].flatMap((cell) => cell.runs);
  const classOf = (weightClass: string, members: readonly ComparedTrial[]) => {
    const standings = standingsOf(members, metric);
    const { reference, others } = standings;
    const figures = others.map(({ cell }) => figuresOf(cell));
    const { noiseFloor, comparisons } =
      reference === undefined
        ? { noiseFloor: null, comparisons: [] }
        : compare(figuresOf(reference.cell), figures, { reference: 'chosen by its result' });
    return {
      weightClass,
      /** A/A noise of those that are ranked, which no difference may stay below; null with too few runs. */
      noiseFloor,
      /** Fastest first. */
      rows: rowsOf(standings, comparisons),
    };
  };
  return {
    metric,
    references,
    classes: [...group(cells, (cell) => cell.weightClass)]
      .map(([weightClass, members]) => classOf(weightClass, members))
      .filter(({ rows }) => rows.length > 0),
    /** Of this host, over all classes. */
    noiseFloor: noiseFloor(cells.map(figuresOf)),
    /** Whether everything became slower or faster meanwhile; null with too few rounds to say. */
    drift: sessionDrifts(cells.map((cell) => samplesOf(cell, metric)))[0] ?? null,
    certificates: summarizeQuality(runs.flatMap(({ certificate }) => certificate ?? [])),
    /** Runs that failed their quality checks and gave way to a better one; their logs are kept. */
    replaced: replaced.map(({ uuid, log }) => ({ uuid, log })),
    notRun: cells.flatMap((cell) => [...failures(cell), ...withoutRate(cell, metric)]),
    /** Measured, and yet not ranked: their parity could not be judged. */
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
        name: cell.framework,
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
    const reason = field.whyNot(one);
    if (reason !== null) return reason;
    return fastest === undefined ? null : whyOtherOutputs(one.cell, fastest.cell);
  };
  const others = field.others.filter((one) => unranked(one) === null);
  return { ...field, others, measured, unranked };
}

function rowsOf({ measured, others, unranked }: Standings, comparisons: readonly Comparison[]) {
  const cells = measured.map(({ cell }) => cell);
  return measured.flatMap((one) => {
    const { cell, rates } = one;
    const { framework, quantize, runs, parity } = cell;
    const tokensPerSecond = summarize(rates);
    if (tokensPerSecond === null) return [];
    return {
      framework,
      quantize,
      runs: rates.length,
      /** Of these, runs that still became faster while they were measured. */
      notWarm: runs.filter(({ warnings }) => warnings.some(({ code }) => code === 'not_warm')).length,
      /** Over runs: each run's total tokens / total time, or its tg rate. */
      tokensPerSecond,
      ttftMs: summarize(numbers(runs, (run) => run.answers?.ttftMs?.median)),
      prefillTokensPerSecond: summarize(
        numbers(runs, (run) => run.kernel?.pp?.mean ?? run.answers?.totals.prefillTokensPerSecond),
      ),
      /** The first token's choice is in it, or more. */
      prefillIsLowerBound: runs.some(
        (run) => run.answers?.prefillIsLowerBound === true || run.kernel?.choosesToken === true,
      ),
      /** Over runs as every other figure: the report says the same. */
      peakBytes: summarize(numbers(runs, (run) => run.memory.peakBytes))?.center ?? null,
      /** Questions, not answers: repeats are no further ones. */
      correct: correctOf(runs),
      comparable: isComparable(cell),
      /** What it computes with and how it is built, where others of its class differ in it. */
      computesWith: computesWith(cell, cells),
      /** Null where parity was not checked. */
      parity,
      /** Why it is not ranked, in words; null when it is. */
      unranked: unranked(one),
      /** Against the fastest of those that are ranked; null for that one itself, and for what is not ranked. */
      against: comparisons[others.indexOf(one)] ?? null,
    };
  });
}

/** Only equals are ranked: devices that compare, and answers that are the reference's. */
function whyUnranked(cell: ComparedTrial): string | null {
  if (!isComparable(cell)) return 'not comparable';
  const mixed = whyMixed(cell);
  if (mixed !== null) return mixed;
  if (cell.leftOutAfterMs !== undefined) return `left out after a run of ${milliseconds(cell.leftOutAfterMs)}`;
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
