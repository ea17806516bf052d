/** A run as its log tells it. Tokens and requests of a load are not kept, only what the tables need: there may be a million. */

import type { StageFigures } from '../../scripts/log/figures/load-metrics.ts';
import type { CertificateRecord, ConditionsRecord } from '../../scripts/log/records/certificate-records.ts';
import type { CheckpointName, Effective, EndRecord, Header, MemoryRecord, RunStatus, StatisticsRecord, WarmUpRecord, WarningRecord } from '../../scripts/log/run-log-format.ts';
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from '../../scripts/workloads/accuracy/records.ts';
import type { FeedbackRecord } from '../../scripts/workloads/chat/records.ts';
import type { EmbeddingRecord } from '../../scripts/workloads/embedding/records.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import type { LoadStageRecord } from '../../scripts/workloads/load/records.ts';
import type {
  ParityRecord,
  ParityReferenceRecord,
  ParityVerdictRecord,
} from '../../scripts/workloads/parity/records.ts';
import type {
  LikelihoodChunkRecord,
  LikelihoodReferenceRecord,
  PerplexityRecord,
  TextRecord,
} from '../../scripts/workloads/perplexity/records.ts';
import type { PoolRecord } from '../../scripts/workloads/pool/records.ts';
import type { AnswerRecord } from '../../scripts/workloads/questions/records.ts';
import type { Problem } from './problem.ts';

export interface Run {
  header: Header;
  /** Null when the run ended before its model was loaded. */
  effective: Effective | null;
  answers: AnswerRecord[];
  kernels: KernelRecord[];
  /** Batches of an embedding run; none in runs of other workloads. */
  embeddings: EmbeddingRecord[];
  /** What it did to become warm; none in logs of before. */
  warmUpRecords: WarmUpRecord[];
  /** What a parity run was held against; null in runs of other workloads. */
  parityReference: ParityReferenceRecord | null;
  parity: ParityRecord[];
  /** Null too when a parity run ended before its verdict. */
  parityVerdict: ParityVerdictRecord | null;
  /** Stages of a load test; none in runs of other workloads. */
  load: Array<{ stage: LoadStageRecord; figures: StageFigures }>;
  /** Levels, cycles, faults and requests of a resource pool test. */
  pool: PoolRecord[];
  /** Tasks of an accuracy run, with their items as far as they got; the result is null where the run ended before. */
  tasks: Array<{ task: TaskRecord; items: TaskItemRecord[]; result: TaskResultRecord | null }>;
  /** A text that was scored, with its chunks as far as it got; all null or none in runs of other workloads. */
  likelihood: {
    text: TextRecord | null;
    reference: LikelihoodReferenceRecord | null;
    chunks: LikelihoodChunkRecord[];
    /** Null too when the run ended before its last chunk. */
    result: PerplexityRecord | null;
  };
  memory: MemoryRecord[];
  /** Closed spans of warm-up: a kernel run has one for each test. */
  warmUps: Array<{ startNs: number; endNs: number }>;
  /** The latest counters of the engine's own. */
  statistics: StatisticsRecord | null;
  /** What the machine did meanwhile. */
  conditions: ConditionsRecord[];
  certificate: CertificateRecord | null;
  /** When the harness began to start the engine; null in a log that does not say. */
  engineStartNs: number | null;
  warnings: WarningRecord[];
  /** By index of the answer; a later opinion replaces an earlier one. */
  feedback: Map<number, FeedbackRecord>;
  /** Sums over the closed spans of each name. */
  spansNs: Map<CheckpointName, number>;
  /** Gaps between the tokens of measured answers whose arrivals tell a decode rate, from t1 on; 0 within an arrival. */
  gapsNs: number[];
  /** Gaps between the arrivals of all measured answers. */
  arrivalGapsNs: number[];
  /** Token ids of measured answers. */
  outputs: Array<{ questionId: string; round: number; ids: number[] }>;
  end: EndRecord | null;
}

/** What became of it, decided once the whole log was read. */
export interface Outcome {
  status: RunStatus;
  /** Why it did not complete; null for a completed run. */
  error: string | null;
  problems: Problem[];
  crc: number;
}

export function emptyRun(header: Header): Run {
  return {
    header,
    effective: null,
    answers: [],
    kernels: [],
    embeddings: [],
    warmUpRecords: [],
    parityReference: null,
    parity: [],
    parityVerdict: null,
    load: [],
    pool: [],
    tasks: [],
    likelihood: { text: null, reference: null, chunks: [], result: null },
    memory: [],
    warmUps: [],
    statistics: null,
    conditions: [],
    certificate: null,
    engineStartNs: null,
    warnings: [],
    feedback: new Map(),
    spansNs: new Map(),
    gapsNs: [],
    arrivalGapsNs: [],
    outputs: [],
    end: null,
  };
}
