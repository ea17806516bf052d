/**
 * Figures of a load test as functions of its records. An answer counts when it came whole; one that failed, was cut off or was
 * stopped is counted by its kind and in no mean, no percentile and no throughput.
 */

import {
  type Arrivals,
  arrivalInstants,
  arrivalsOf,
  connectionResolutionNs,
  decodeSpan,
  type Stamped,
} from '../../log/figures/arrivals.ts';
import { keeps, type Objectives } from '../../log/figures/objectives.ts';
import { type LatencyPercentiles, latencyPercentiles, median } from '../../statistics/statistics.ts';
import { type FailureKind, failureKinds, type LoadRequestRecord, type LoadStageRecord } from './records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

/** Milliseconds, from t0. Null where there are too few tokens. */
interface RequestFigures {
  ttftMs: number | null;
  /** (tn - t1) / (n - k), k tokens having come with the first; null where the arrivals do not show it (arrivals.ts). */
  tpotMs: number | null;
  e2eMs: number | null;
}

export function requestFigures(request: LoadRequestRecord): RequestFigures {
  return answerTimes({ ...request, ...requestArrivals(request) }, request.scheduledNs, connectionResolutionNs);
}

/** @param resolutionNs what the stamps can resolve; 0 where the engine made them */
export function answerTimes(stamped: Stamped, t0Ns: number, resolutionNs = 0): RequestFigures {
  const { firstTokenNs, lastTokenNs } = stamped;
  if (firstTokenNs == null || lastTokenNs == null) return { ttftMs: null, tpotMs: null, e2eMs: null };
  const span = decodeSpan(stamped, resolutionNs);
  return {
    ttftMs: (firstTokenNs - t0Ns) / nsPerMs,
    tpotMs: span === null ? null : span.durationNs / span.tokens / nsPerMs,
    e2eMs: (lastTokenNs - t0Ns) / nsPerMs,
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

/** Whether an answer long enough for a time per token has none, because there are too few arrivals. */
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
  /** Completed answers over the time from the start of the stage to its last answer. */
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
  const e2eMs = figures.map((request) => request.e2eMs).filter((value) => value !== null);
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
    e2eMs: percentiles(e2eMs),
    goodput:
      Object.keys(limits).length === 0
        ? null
        : { requestsPerSecond: good / seconds, share: requests.length === 0 ? 0 : good / requests.length },
    lagMs: percentiles(requests.map(({ sentNs, scheduledNs }) => (sentNs - scheduledNs) / nsPerMs)),
    concurrency: runningNs / (stage.endNs - stage.startNs),
    e2eDrift: driftOf(e2eMs),
  };
}

function arrivalGapsMs(request: LoadRequestRecord): number[] {
  const instants = arrivalInstants(textInstants(request), connectionResolutionNs);
  return instants.slice(1).map((atNs, i) => (atNs - (instants[i] ?? atNs)) / nsPerMs);
}

/** How many requests failed. */
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
  const countOf = (kind: FailureKind) => requests.filter(({ failure }) => failure?.kind === kind).length;
  return Object.fromEntries(failureKinds.map((kind) => [kind, countOf(kind)]).filter(([, count]) => count !== 0));
}

const noSamples: LatencyPercentiles = { count: 0, p50: null, p90: null, p95: null, p99: null };

export function percentiles(values: ReadonlyArray<number | null>): LatencyPercentiles {
  return latencyPercentiles(values.filter((value) => value !== null)) ?? noSamples;
}
