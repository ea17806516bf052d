/** Figures of a resource pool test as functions of its records; the terminal and collate/ share them. */
import type { RunRecord } from '../../log/run-log-format.ts';
import { type LatencyPercentiles, median } from '../../statistics/statistics.ts';
import { answerTimes, percentiles } from '../load/figures.ts';
import type { PoolCycleRecord, PoolLevelRecord, PoolRecoveryRecord, PoolRequestRecord } from './records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

export interface LevelFigures {
  answered: number;
  failed: number;
  /** Tokens of all workers together, between start and deadline. */
  tokensPerSecond: number;
  /** The same of each worker. */
  workerTokensPerSecond: number[];
  /** From sending to the first token; waiting in line included. */
  ttftMs: LatencyPercentiles;
  /** (tn - t1) / (n - k), k tokens having come with the first. */
  tpotMs: LatencyPercentiles;
  fairness: number | null;
  /** Sum of the resident sets minus the sum of the proportional ones: what sharing pages saves. */
  sharedBytes: number | null;
}

export function levelFigures(level: PoolLevelRecord, all: readonly PoolRequestRecord[]): LevelFigures {
  const requests = all.filter(({ of }) => of === level.level);
  const answered = requests.filter(isAnswered);
  const times = answered.map((request) => answerTimes(request, request.startNs));
  const seconds = (level.deadlineNs - level.startNs) / nsPerSecond;
  const workers = Array.from({ length: level.concurrency }, (_, worker) =>
    tokensInTime(requests.filter((request) => request.worker === worker)),
  );
  const { residentBytes, proportionalBytes } = level.memory;
  return {
    answered: answered.length,
    failed: requests.length - answered.length,
    tokensPerSecond: tokensInTime(requests) / seconds,
    workerTokensPerSecond: workers.map((tokens) => tokens / seconds),
    ttftMs: withMedian(times.map(({ ttftMs }) => ttftMs)),
    tpotMs: withMedian(times.map(({ tpotMs }) => tpotMs)),
    fairness: jainIndex(workers),
    sharedBytes: proportionalBytes === null ? null : residentBytes - proportionalBytes,
  };
}

function tokensInTime(requests: readonly PoolRequestRecord[]): number {
  return requests.reduce((sum, request) => sum + request.tokensInTime, 0);
}

export function isAnswered({ outcome }: PoolRequestRecord): boolean {
  return outcome === 'answered' || outcome === 'repeated';
}

/** A level is short: its median is shown of however few samples. */
function withMedian(values: ReadonlyArray<number | null>): LatencyPercentiles {
  const known = values.filter((value) => value !== null);
  return { ...percentiles(known), p50: known.length === 0 ? null : median(known) };
}

/**
 * (sum x)^2 / (n * sum x^2): 1 when all got the same, 1/n when one got everything; null when nobody got anything.
 * Source: Jain, Chiu and Hawe, A Quantitative Measure of Fairness and Discrimination, DEC-TR-301, 1984.
 */
export function jainIndex(shares: readonly number[]): number | null {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? null : sum ** 2 / (shares.length * squares);
}

export interface RecoveryFigures {
  /** From the fault until an engine is gone. */
  noticedMs: number | null;
  /** From the removal of the obstacle until all engines are up. */
  readyMs: number | null;
  /** The same until the first answer after that is out. */
  answeredMs: number | null;
  sent: number;
  answered: number;
  repeated: number;
  /** Not answered, and reported to the client. */
  failed: number;
  /** Sent without an outcome: none, or the pool is at fault. */
  lost: number;
}

export function recoveryFigures(record: PoolRecoveryRecord, all: readonly PoolRequestRecord[]): RecoveryFigures {
  const requests = all.filter(({ of }) => of === record.fault);
  const counted = (outcome: PoolRequestRecord['outcome']) =>
    requests.filter((request) => request.outcome === outcome).length;
  const { faultNs, goneNs, clearedNs, readyNs, answeredNs, sent } = record;
  const heardOf = new Set(requests.map(({ request }) => request)).size;
  return {
    noticedMs: msBetween(faultNs, goneNs),
    readyMs: msBetween(clearedNs, readyNs),
    answeredMs: msBetween(clearedNs, answeredNs),
    sent,
    answered: counted('answered'),
    repeated: counted('repeated'),
    failed: counted('failed') + counted('stopped'),
    lost: sent - heardOf,
  };
}

function msBetween(fromNs: number | null, toNs: number | null): number | null {
  return fromNs === null || toNs === null ? null : (toNs - fromNs) / nsPerMs;
}

export interface CycleFigures {
  cycles: number;
  /** Resident minus what the engine says it uses, with the model loaded for the last time. */
  overheadBytes: number | null;
  /** Resident bytes after unloading, last cycle minus second one: the first one fills caches that stay. */
  growthBytes: number | null;
  /** The same per cycle. */
  growthPerCycleBytes: number | null;
}

/** Null when there are none. */
export function cycleFigures(cycles: readonly PoolCycleRecord[]): CycleFigures | null {
  const [, second] = cycles;
  const last = cycles.at(-1);
  if (last === undefined) return null;
  const { residentBytes, engineBytes } = last.loaded;
  const between = cycles.length - 2;
  const growthBytes =
    second === undefined || between < 1 ? null : last.unloaded.residentBytes - second.unloaded.residentBytes;
  return {
    cycles: cycles.length,
    overheadBytes: engineBytes === null ? null : residentBytes - engineBytes,
    growthBytes,
    growthPerCycleBytes: growthBytes === null ? null : growthBytes / between,
  };
}

/** What a test found: its records, each with its figures. */
export interface PoolResults {
  levels: Array<{ level: PoolLevelRecord; figures: LevelFigures }>;
  recoveries: Array<{ record: PoolRecoveryRecord; figures: RecoveryFigures }>;
  cycles: CycleFigures | null;
}

export function poolResults(records: readonly RunRecord[]): PoolResults {
  const requests = records.filter((record) => record.type === 'pool_request');
  return {
    levels: records
      .filter((record) => record.type === 'pool_level')
      .map((level) => ({ level, figures: levelFigures(level, requests) })),
    recoveries: records
      .filter((record) => record.type === 'pool_recovery')
      .map((record) => ({ record, figures: recoveryFigures(record, requests) })),
    cycles: cycleFigures(records.filter((record) => record.type === 'pool_cycle')),
  };
}
