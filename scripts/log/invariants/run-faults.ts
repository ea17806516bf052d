/**
 * What must hold in every log, whatever was measured (docs/measurement.md, rule 15). The run itself is checked by this before any
 * figure of it is printed, and its log when it is read: one that breaks an invariant says something impossible, and none of its
 * figures can be believed.
 */
import type { Header, RunRecord } from '../run-log-format.ts';
import { taskFaults, taskItemFaults, taskResultFaults, taskRunFault } from './accuracy-faults.ts';
import { watchAnswers } from './answer-series-faults.ts';
import { watchBounds } from './bounds-faults.ts';
import { likelihoodChunkFaults, likelihoodRunFault, perplexityFaults, textFault } from './likelihood-faults.ts';
import { loadRequestFaults, loadRunFault, loadStageFaults } from './load-faults.ts';
import { watchLoad } from './load-series-faults.ts';
import { emptyState, type LogState } from './log-state.ts';
import type { Faults, LogWatch } from './log-watch.ts';
import { watchMachine } from './machine-faults.ts';
import { parityFaults, parityRunFault, parityVerdictFaults, watchParity } from './parity-faults.ts';
import { poolFault, poolRunFaults } from './pool-faults.ts';
import { answerFaults, embeddingFault, kernelFault, memoryFault, tokenFault } from './record-faults.ts';
import { watchEmbeddings, watchKernel } from './series-faults.ts';
import { watchSpans } from './span-faults.ts';
import { watchWarmUp } from './warm-up-faults.ts';
import { watchWholeLog } from './whole-log-faults.ts';

/** Faults of a run's records, in their order. */
export function faultsOf(records: readonly RunRecord[]): string[] {
  const header = records.find((record) => record.type === 'header');
  if (header === undefined) return [];
  const faults = new RunFaults(header);
  return [...records.flatMap((record) => faults.record(record)), ...faults.end()];
}

/** Told of a log record by record; keeps of it only what the next one is held against. */
export class RunFaults {
  readonly #state: LogState;
  readonly #watches: readonly LogWatch[];

  constructor(header: Header) {
    this.#state = emptyState(header);
    const spans = watchSpans();
    this.#watches = [
      watchWholeLog(header),
      watchBounds(header),
      spans,
      watchMachine(header),
      watchParity(spans),
      watchAnswers(header, spans),
      watchWarmUp(),
      watchKernel(header, spans),
      watchEmbeddings(header, spans),
      watchLoad(header),
    ];
  }

  /** Faults of this record. */
  record(record: RunRecord): string[] {
    if (record.type === 'header') return [];
    const state = this.#state;
    if (record.type === 'token') {
      const late = state.status === null ? null : 'a token stands behind the closing line';
      return [...this.#token(record), late].filter((fault) => fault !== null);
    }
    return [...this.#watches.flatMap((watch) => watch.record(record)), ...this.#faults(record)].filter(
      (fault) => fault !== null,
    );
  }

  /** Faults of the log as a whole, once it has ended. */
  end(): string[] {
    const state = this.#state;
    const left = state.status !== null && state.requests.length > 0;
    const faults: Faults = [
      memoryFault(state.memory),
      parityRunFault(state),
      loadRunFault(state),
      left ? `${state.requests.length} requests of a load test, but no line of their stage` : null,
      taskRunFault(state),
      likelihoodRunFault(state),
      ...poolRunFaults(state.pool, state.header, state.status),
      ...this.#watches.flatMap((watch) => watch.end(state.status)),
    ];
    return faults.filter((fault) => fault !== null);
  }

  #faults(record: Exclude<RunRecord, { type: 'header' | 'token' }>): Faults {
    const state = this.#state;
    switch (record.type) {
      case 'answer': {
        const tokens = state.tokens.filter(({ answer }) => answer === record.answer);
        state.tokens = [];
        return answerFaults(record, tokens);
      }
      case 'kernel':
        return [kernelFault(record)];
      case 'embedding':
        return [embeddingFault(record)];
      case 'parity_reference':
        state.hasParityReference = true;
        return [];
      case 'parity':
        state.parity.push(record);
        return parityFaults(record);
      case 'parity_verdict':
        state.hasParityVerdict = true;
        return parityVerdictFaults(record, state.parity, state.header);
      case 'load_request': {
        const faults = loadRequestFaults(record, state.requests.at(-1));
        state.requests.push(record);
        return faults;
      }
      case 'load_stage': {
        const faults = loadStageFaults(record, state.requests, state.lastStage ?? undefined);
        state.requests = [];
        state.lastStage = record;
        return faults;
      }
      case 'pool_level':
      case 'pool_request':
      case 'pool_cycle':
      case 'pool_recovery':
        state.pool.push(record);
        return [poolFault(record)];
      case 'task': {
        const faults = taskFaults(record, state.tasks, state.header);
        state.tasks.push({ task: record, items: [], result: null });
        return faults;
      }
      case 'task_item': {
        const open = state.tasks.at(-1);
        const faults = taskItemFaults(record, open);
        if (open?.task.task === record.task && open.result === null) open.items.push(record);
        return faults;
      }
      case 'task_result': {
        const open = state.tasks.at(-1);
        const faults = taskResultFaults(record, open);
        if (open !== undefined) open.result = record;
        return faults;
      }
      case 'text':
        state.text = record;
        return [textFault(record)];
      case 'likelihood_reference':
        state.hasLikelihoodReference = true;
        return [];
      case 'likelihood_chunk': {
        const faults = likelihoodChunkFaults(record, state.text, state.chunks);
        state.chunks.push(record);
        return faults;
      }
      case 'perplexity':
        state.perplexity = record;
        return perplexityFaults(record, state.text, state.chunks);
      case 'memory':
        state.memory.push(record);
        return [];
      case 'end':
        state.status = record.status;
        return [];
      case 'checkpoint':
      case 'effective':
      case 'statistics':
      case 'conditions':
      case 'certificate':
      case 'warning':
      case 'feedback':
      case 'warm_up':
        return [];
      default:
        return record satisfies never;
    }
  }

  #token(token: Extract<RunRecord, { type: 'token' }>): Faults {
    const { tokens } = this.#state;
    const [first] = tokens;
    if (first === undefined || first.answer === token.answer) {
      const fault = tokenFault(token, tokens.at(-1));
      tokens.push(token);
      return [fault];
    }
    this.#state.tokens = [token];
    return [`answer ${first.answer} has ${tokens.length} tokens, but no answer line`, tokenFault(token, undefined)];
  }
}
