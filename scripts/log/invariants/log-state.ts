/** What was read of a log so far, as far as its invariants need it: what tells whether the next record can be true. */
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from '../records/accuracy-records.ts';
import type { LikelihoodChunkRecord, PerplexityRecord, TextRecord } from '../records/likelihood-records.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../records/load-records.ts';
import type { PoolRecord } from '../records/pool-records.ts';
import type { Header, MemoryRecord, ParityRecord, RunStatus, TokenRecord } from '../run-log-format.ts';

export interface ReadTask {
  task: TaskRecord;
  items: TaskItemRecord[];
  result: TaskResultRecord | null;
}

export interface LogState {
  header: Header;
  /** Null in a log without a closing line. */
  status: RunStatus | null;
  /** Tokens of the answer that is being read, which its answer record will close. */
  tokens: TokenRecord[];
  /** Requests of the stage that is being read, which its stage record will close. */
  requests: LoadRequestRecord[];
  lastStage: LoadStageRecord | null;
  pool: PoolRecord[];
  tasks: ReadTask[];
  parity: ParityRecord[];
  hasParityReference: boolean;
  hasParityVerdict: boolean;
  text: TextRecord | null;
  chunks: LikelihoodChunkRecord[];
  hasLikelihoodReference: boolean;
  perplexity: PerplexityRecord | null;
  memory: MemoryRecord[];
}

export function emptyState(header: Header): LogState {
  return {
    header,
    status: null,
    tokens: [],
    requests: [],
    lastStage: null,
    pool: [],
    tasks: [],
    parity: [],
    hasParityReference: false,
    hasParityVerdict: false,
    text: null,
    chunks: [],
    hasLikelihoodReference: false,
    perplexity: null,
    memory: [],
  };
}
