/** What was read of a log so far, as far as its invariants need it: what tells whether the next record can be true. */
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from '../accuracy/accuracy-records.ts';
import type { LikelihoodChunkRecord, PerplexityRecord, TextRecord } from '../likelihood/likelihood-records.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../load/load-records.ts';
import type { PoolRecord } from '../pool/pool-records.ts';
import type { Header, MemoryRecord, RunStatus, TokenRecord } from '../run-log-format.ts';

export interface ReadTask {
  task: TaskRecord;
  items: TaskItemRecord[];
  result: TaskResultRecord | null;
}

export interface LogState {
  workload: Header['workload'];
  /** Null in a log without a closing line. */
  status: RunStatus | null;
  /** Tokens of the answer that is being read, which its answer record will close. */
  tokens: TokenRecord[];
  /** Requests of the stage that is being read, which its stage record will close. */
  requests: LoadRequestRecord[];
  lastStage: LoadStageRecord | null;
  pool: PoolRecord[];
  tasks: ReadTask[];
  hasParity: boolean;
  hasParityReference: boolean;
  hasParityVerdict: boolean;
  text: TextRecord | null;
  chunks: LikelihoodChunkRecord[];
  hasLikelihoodReference: boolean;
  perplexity: PerplexityRecord | null;
  memory: MemoryRecord[];
}

export function emptyState(workload: Header['workload']): LogState {
  return {
    workload,
    status: null,
    tokens: [],
    requests: [],
    lastStage: null,
    pool: [],
    tasks: [],
    hasParity: false,
    hasParityReference: false,
    hasParityVerdict: false,
    text: null,
    chunks: [],
    hasLikelihoodReference: false,
    perplexity: null,
    memory: [],
  };
}
