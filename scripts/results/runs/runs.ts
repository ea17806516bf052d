/** `runs.csv`: a row per run, however it ended, with everything that was measured. The summary of a run is this row. */
import { memoryFigures } from '../../log/figures/memory-figures.ts';
import { percentileIsSupported, quantile } from '../../statistics/statistics.ts';
import { embeddingColumns, embeddingFigures, type OfEmbedding } from '../../workloads/embedding/tables.ts';
import { kernelColumns, kernelFigures, type OfKernel } from '../../workloads/kernel/tables.ts';
import { type OfParity, parityOf, runParityColumns } from '../../workloads/parity/tables.ts';
import { measuredWorkNs } from '../figures/condition-figures.ts';
import { answerMetrics, cacheBytesPerToken, runRates, weightBytesPerToken } from '../figures/metrics.ts';
import { type QuestionScore, questionScore, repeatsOf } from '../figures/question-score.ts';
import { outputSha256, runTotals } from '../figures/run-totals.ts';
import { faultFlags } from '../hardware/roofline.ts';
import { lastOf, type Run, recordsOf, type Span, spansOf } from '../run.ts';
import { columnsOf, type RowOf, rowOf, table } from '../table.ts';
import { figureColumns, type Gaps, type OfFigures } from './figures.ts';
import {
  counterColumns,
  energyColumns,
  energyOf,
  measurementsOf,
  type OfQuality,
  qualityColumns,
  qualityOf,
} from './quality.ts';
import { type OfRoofline, rooflineColumns } from './roofline.ts';
import { type Roofline, type RunSpeed, rooflineOf, speedOf } from './speed.ts';
import { type OfSubject, subjectColumns } from './subject.ts';

/** All figures of a run, each made once: its row, and what the terminal and `--json` say of it, are taken from these. */
export interface RunFigures extends OfSubject, OfFigures, OfRoofline, OfKernel, OfEmbedding, OfParity, OfQuality {
  /** Measured answers for which an answer is known. */
  judged: number;
  /** By question; null where nothing is known of any answer. */
  score: QuestionScore | null;
}

const { text, whole, number } = columnsOf<RunFigures>();

export const runColumns = [
  ...subjectColumns,
  ...figureColumns,
  ...rooflineColumns,
  ...kernelColumns,
  ...embeddingColumns,
  ...counterColumns,
  ...runParityColumns,
  ...qualityColumns,
  ...energyColumns,
  whole('correct', '', 'Correct answers', 'measured answers equal to the expected text').of(({ measured, judged }) =>
    judged === 0 ? null : measured.filter((answer) => answer.correct === true).length,
  ),
  whole('judged', '', 'Judged answers', 'measured answers for which an answer is known').of(({ judged }) => judged),
  whole('questions', '', 'Questions', 'different questions among the measured answers').of(
    ({ measured }) => new Set(measured.map(({ questionId }) => questionId)).size,
  ),
  number(
    'correct_questions',
    '',
    'Correct questions',
    'sum over the judged questions of the share of their answers that were correct; repeats are no further samples',
  ).of(({ score }) => score?.correct),
  whole('judged_questions', '', 'Judged questions', 'different questions for which an answer is known').of(
    ({ score }) => score?.questions ?? 0,
  ),
  text(
    'output_sha256',
    'Output hash',
    'sha256 over the token ids of the measured answers in order of question id and round: equal outputs, equal hash',
  ).of(({ run }) => outputSha256(run.outputs)),
  text('warnings', 'Warnings', 'codes, separated by semicolons').of(({ run, roofline }) => warningCodes(run, roofline)),
  text('log', 'Raw log', 'file under raw/').of(({ run }) => run.log),
] as const;

export type RunRow = RowOf<typeof runColumns>;

export const runsTable = table({
  name: 'runs',
  file: 'runs.csv',
  rowIs: 'a row per run, however it ended',
  columns: runColumns,
  of: (run: Run) => [runFigures(run)],
});

export function runRow(run: Run): RunRow {
  return rowOf(runColumns, runFigures(run));
}

export function runFigures(run: Run): RunFigures {
  const measured = run.answers.filter((answer) => answer.phase === 'measured');
  const [rates, kernel] = [runRates(measured), kernelFigures(run)];
  const speed = speedOf(measured, rates, kernel);
  return {
    run,
    settings: run.effective?.settings ?? {},
    build: run.effective?.build ?? {},
    measured,
    latencies: measured.map(answerMetrics),
    rates,
    totals: runTotals({ ...run, kernels: recordsOf(run, 'kernel'), embeddings: recordsOf(run, 'embedding') }),
    gaps: gapsOf(run.arrivalGapsNs, repeatsOf(measured, run.header.requested.temperature)),
    spansMs: spanSums(run),
    warmUp: warmUpOf(run),
    work: { ns: measuredWorkNs(measurementsOf(run)) },
    memory: memoryFigures(recordsOf(run, 'memory')),
    decode: decodeOf(run, speed),
    roofline: rooflineOf(run, speed),
    kernel,
    embedding: embeddingFigures(recordsOf(run, 'embedding')),
    counters: lastOf(run, 'statistics')?.values ?? {},
    parity: parityOf(run),
    quality: qualityOf(run),
    energy: energyOf(run),
    judged: measured.filter((answer) => answer.correct !== null).length,
    score: questionScore(measured),
  };
}

/** @param repeats how often each answer was given: greedy ones are the same each time */
function gapsOf(gapsNs: readonly number[], repeats: number): Gaps {
  const sorted = Array.from(Float64Array.from(gapsNs).sort());
  const longest = sorted.at(-1);
  return {
    count: sorted.length,
    percentile: (p) => (percentileIsSupported(sorted.length / repeats, p) ? quantile(sorted, p) / 1e6 : null),
    longestMs: longest === undefined ? null : longest / 1e6,
  };
}

function spanSums(run: Run): OfFigures['spansMs'] {
  const sumsNs: Map<Span['name'], number> = new Map();
  for (const { name, startNs, endNs } of spansOf(run)) sumsNs.set(name, (sumsNs.get(name) ?? 0) + endNs - startNs);
  return new Map([...sumsNs].map(([name, ns]) => [name, ns / 1e6]));
}

function warmUpOf(run: Run): OfFigures['warmUp'] {
  const warmUps = recordsOf(run, 'warm_up');
  // The kernel workload warms up twice: one that did not settle is what matters.
  const telling = warmUps.find(({ ended }) => ended === 'cap') ?? warmUps[0];
  if (telling === undefined) return null;
  return {
    tokens: warmUps.reduce((total, { tokens }) => total + tokens, 0),
    workMs: warmUps.reduce((total, { workNs }) => total + workNs, 0) / 1e6,
    ended: telling.ended,
  };
}

/** What each decoded token has to read. */
function decodeOf({ header, effective }: Run, { decode }: RunSpeed): OfFigures['decode'] {
  const weightBytes = weightBytesPerToken(header.model, effective);
  // A server may report nothing about its model.
  if (decode === null || weightBytes === 0) return null;
  const cacheBytes = effective === null ? null : cacheBytesPerToken(effective, decode.positions);
  return { tokensPerSecond: decode.tokensPerSecond, weightBytes, cacheBytes };
}

function warningCodes(run: Run, roofline: Roofline | null): string | null {
  const codes = [
    ...recordsOf(run, 'warning').map(({ code }) => code),
    ...run.outcome.broken,
    ...faultFlags.filter((flag) => roofline?.flags.includes(flag)),
  ];
  return codes.length === 0 ? null : [...new Set(codes)].join(';');
}
