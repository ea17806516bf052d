/**
 * Figures of a load test as functions of its records. An answer counts when it came whole; one that failed, was cut off or was
 * stopped is counted by its kind and in no mean, no percentile and no throughput.
 */
import { significant } from '../../command-line/format.ts';
import {
  type Arrivals,
  arrivalInstants,
  arrivalsOf,
  connectionResolutionNs,
  decodeSpan,
} from '../../log/figures/arrivals.ts';
import { keeps, type Objectives, objectivesOf } from '../../log/figures/objectives.ts';
import type { Header, RunRecord } from '../../log/run-log-format.ts';
import { type LatencyPercentiles, latencyPercentiles, median } from '../../statistics/statistics.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../../workloads/load/records.ts';
import { type FailureKind, failureKinds } from './records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

/** Milliseconds, from the scheduled instant. Null where there are too few tokens. */
export interface RequestFigures {
  ttftMs: number | null;
  /** (tn - t1) / (n - k), k tokens having come with the first; null where the arrivals do not tell it (arrivals.ts). */
  tpotMs: number | null;
  e2eMs: number | null;
}

export function requestFigures(request: LoadRequestRecord): RequestFigures {
  const { scheduledNs, firstTokenNs, lastTokenNs } = request;
  if (firstTokenNs === null || lastTokenNs === null) return { ttftMs: null, tpotMs: null, e2eMs: null };
  const decode = decodeSpan({ ...request, ...requestArrivals(request) }, connectionResolutionNs);
  return {
    ttftMs: (firstTokenNs - scheduledNs) / nsPerMs,
    tpotMs: decode === null ? null : decode.durationNs / decode.tokens / nsPerMs,
    e2eMs: (lastTokenNs - scheduledNs) / nsPerMs,
  };
}

/** Instants at which text came, from the first on. */
function textInstants({ firstTokenNs, gapsNs }: LoadRequestRecord): number[] {
  if (firstTokenNs === null) return [];
  let atNs = firstTokenNs;
  return [atNs, ...gapsNs.map((gapNs) => (atNs += gapNs))];
}

/** Older logs do not say it; where each piece of text is a token, the pieces do. */
export function requestArrivals(request: LoadRequestRecord): Arrivals {
  const { arrivals, firstArrivalTokens, tokens, gapsNs } = request;
  if (arrivals !== undefined && firstArrivalTokens !== undefined) return { arrivals, firstArrivalTokens };
  const found = arrivalsOf(textInstants(request), connectionResolutionNs);
  return gapsNs.length + 1 === tokens ? found : { ...found, firstArrivalTokens: 1 };
}

/** Whether an answer long enough for a time per token has none, as too few arrivals tell of it. */
export function isHeldBack(request: LoadRequestRecord): boolean {
  return request.tokens >= 2 && requestFigures(request).tpotMs === null;
}

/** An answer that came whole. */
export function isCompleted({ failure, stop }: LoadRequestRecord): boolean {
  return failure === null && stop !== 'cancelled';
}

export interface StageFigures {
  stage: number;
  sent: number;
  completed: number;
  failures: Partial<Record<FailureKind, number>>;
  /** Stopped because the person stopped. */
  cancelled: number;
  seconds: number;
  /** Of completed answers, over the time from the start of the stage to its last answer. */
  requestsPerSecond: number;
  tokensPerSecond: number;
  ttftMs: LatencyPercentiles;
  tpotMs: LatencyPercentiles;
  /** Gaps between arrivals of text; between tokens where each came by itself. */
  gapMs: LatencyPercentiles;
  piecesAreTokens: boolean;
  e2eMs: LatencyPercentiles;
  /** Answers that keep the objectives: per second, and as a share of all that were sent. Null without objectives. */
  goodput: { requestsPerSecond: number; share: number } | null;
  /** How late the client itself sent: its own lag is no fault of the server. */
  lagMs: LatencyPercentiles;
  /** Requests that were on their way at a time, on average: their time together over the time of the stage. */
  concurrency: number;
  /**
   * Median end to end of the later half of the answers over that of the earlier half; null with fewer than 20 answers. Well
   * above 1 where requests come by the clock and faster than they are answered: the queue grows.
   */
  e2eDrift: number | null;
}

export function stageFigures(
  stage: LoadStageRecord,
  all: readonly LoadRequestRecord[],
  limits: Objectives,
): StageFigures {
  const requests = all.filter((request) => request.stage === stage.stage);
  const completed = requests.filter(isCompleted);
  const figures = completed.map(requestFigures);
  const seconds = (stage.endNs - stage.startNs) / nsPerSecond;
  const good = completed.filter((request) => keeps(limits, requestFigures(request), request.tokens)).length;
  const runningNs = requests.reduce((sum, { sentNs, endNs }) => sum + endNs - sentNs, 0);
  const withText = completed.filter(({ firstTokenNs }) => firstTokenNs !== null);
  return {
    stage: stage.stage,
    sent: requests.length,
    completed: completed.length,
    failures: failuresOf(requests),
    cancelled: requests.filter(({ stop }) => stop === 'cancelled').length,
    seconds,
    requestsPerSecond: completed.length / seconds,
    tokensPerSecond: completed.reduce((sum, { tokens }) => sum + tokens, 0) / seconds,
    ttftMs: percentiles(figures.map(({ ttftMs }) => ttftMs)),
    tpotMs: percentiles(figures.map(({ tpotMs }) => tpotMs)),
    gapMs: percentiles(completed.flatMap(arrivalGapsMs)),
    piecesAreTokens: withText.every((request) => requestArrivals(request).arrivals === request.tokens),
    e2eMs: percentiles(figures.map(({ e2eMs }) => e2eMs)),
    goodput:
      Object.keys(limits).length === 0
        ? null
        : { requestsPerSecond: good / seconds, share: requests.length === 0 ? 0 : good / requests.length },
    lagMs: percentiles(requests.map(({ sentNs, scheduledNs }) => (sentNs - scheduledNs) / nsPerMs)),
    concurrency: runningNs / (stage.endNs - stage.startNs),
    e2eDrift: driftOf(figures.map(({ e2eMs }) => e2eMs).filter((value) => value !== null)),
  };
}

function arrivalGapsMs(request: LoadRequestRecord): number[] {
  const instants = arrivalInstants(textInstants(request), connectionResolutionNs);
  return instants.slice(1).map((atNs, i) => (atNs - (instants[i] ?? atNs)) / nsPerMs);
}

/** The requests that failed, of whatever kind. */
export function failedRequests({ failures }: Pick<StageFigures, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

const fewestForDrift = 20;

/** @param values in order of sending */
function driftOf(values: readonly number[]): number | null {
  if (values.length < fewestForDrift) return null;
  const half = Math.floor(values.length / 2);
  return median(values.slice(-half)) / median(values.slice(0, half));
}

function failuresOf(requests: readonly LoadRequestRecord[]): StageFigures['failures'] {
  const counts = failureKinds.map(
    (kind) => [kind, requests.filter(({ failure }) => failure?.kind === kind).length] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const noSamples: LatencyPercentiles = { count: 0, p50: null, p90: null, p95: null, p99: null };

function percentiles(values: ReadonlyArray<number | null>): LatencyPercentiles {
  return latencyPercentiles(values.filter((value) => value !== null)) ?? noSamples;
}

export interface LoadStage {
  shape: LoadStageRecord['shape'];
  /** Only stages of a ramp can be; null in others. */
  saturated: boolean | null;
  figures: StageFigures;
}

export interface LoadResults {
  /** As on the command line. */
  load: string;
  objectives: Objectives;
  stages: LoadStage[];
  /** Where a ramp ended, in words; null for other shapes, and for a ramp that was stopped. */
  saturation: string | null;
}

export function isRamp({ requested }: Header): boolean {
  return String(requested.load).startsWith('ramp');
}

/** Null in logs of other workloads, and where no stage was measured. */
export function loadResults(header: Header, records: readonly RunRecord[]): LoadResults | null {
  const stageRecords = records.filter((record): record is LoadStageRecord => record.type === 'load_stage');
  if (stageRecords.length === 0) return null;
  const requests = records.filter((record): record is LoadRequestRecord => record.type === 'load_request');
  const objectives = objectivesOf(header.requested);
  const stages: LoadStage[] = [];
  for (const record of stageRecords) {
    const figures = stageFigures(record, requests, objectives);
    const before = stages.map((stage) => stage.figures);
    stages.push({
      shape: record.shape,
      saturated: isRamp(header) ? isSaturated(figures, before) : null,
      figures,
    });
  }
  return { load: String(header.requested.load), objectives, stages, saturation: saturationOf(stages) };
}

function saturationOf(stages: readonly LoadStage[]): string | null {
  if (stages.some(({ saturated, figures }) => saturated === null || figures.cancelled > 0)) return null;
  return saturationSentence(
    stages.map(({ shape, saturated, figures }) => ({
      clients: shape.kind === 'closed' ? shape.clients : 0,
      tokensPerSecond: figures.tokensPerSecond,
      saturated: saturated === true,
      failed: figures.sent === 0 ? 0 : failedRequests(figures) / figures.sent,
    })),
  );
}

const leastGain = 0.05;
const mostFailed = 0.01;

export function isSaturated(stage: StageFigures, before: readonly StageFigures[]): boolean {
  if (failedRequests(stage) > mostFailed * stage.sent) return true;
  if (before.length === 0) return false;
  const best = Math.max(...before.map(({ tokensPerSecond }) => tokensPerSecond));
  return stage.tokensPerSecond < best * (1 + leastGain);
}

/** 1, 2, 4, ..., and at last the most itself. */
export function rampClients(most: number): number[] {
  const clients: number[] = [];
  for (let count = 1; count < most; count *= 2) clients.push(count);
  return [...clients, most];
}

const growingDrift = 1.5;
const leastAnswered = 0.5;

/**
 * Whether more requests came than were answered, so that each waited longer than the one before. Answers later than the last
 * arrival lower the rate of a short test too; only half of it says something by itself.
 */
export function queueGrew(
  perSecond: number,
  { e2eDrift, requestsPerSecond }: Pick<StageFigures, 'e2eDrift' | 'requestsPerSecond'>,
): boolean {
  return (e2eDrift ?? 1) >= growingDrift || requestsPerSecond <= leastAnswered * perSecond;
}

export interface RampPoint {
  clients: number;
  tokensPerSecond: number;
  saturated: boolean;
  /** Share of the requests that failed. */
  failed: number;
}

/** Where a ramp ended, in words. @param points in order, at least one */
export function saturationSentence(points: readonly RampPoint[]): string {
  const [last, before] = [points.at(-1), points.at(-2)];
  if (last === undefined) return 'Nothing was measured.';
  const rate = (point: RampPoint) => `${significant(point.tokensPerSecond)} tokens/s`;
  if (!last.saturated) {
    return `Not saturated: ${last.clients} at a time get ${rate(last)}, and more clients may get more.`;
  }
  if (last.failed > mostFailed) {
    const share = `${significant(last.failed * 100, 2)} % of the requests fail`;
    return before === undefined
      ? `Even one at a time, ${share}.`
      : `With ${last.clients} at a time ${share}: ${before.clients} is the most it bears, with ${rate(before)}.`;
  }
  if (before === undefined) return `Saturated at once: ${rate(last)}.`;
  return `Saturated with ${before.clients} at a time and ${rate(before)}: ${last.clients} at a time get ${rate(last)}, not 5 % more.`;
}
