/**
 * A run as its records say it. Tokens, and requests of a load, are handed on and not kept, for there may be a million: of
 * them only what the tables need stays.
 */
import { arrivalGapsNs, arrivalsOf, resolutionNsOf, tokenGapsNs } from '../log/figures/arrivals.ts';
import { objectivesOf } from '../log/figures/objectives.ts';
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import type { CheckpointName, Effective, Header, RunRecord, RunStatus } from '../log/run-log-format.ts';
import { type StageFigures, stageFigures } from '../workloads/load/figures.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../workloads/load/records.ts';
import type { AnswerRecord, TokenRecord } from '../workloads/questions/records.ts';
import { isHeldBack } from './figures/metrics.ts';
import type { Output } from './figures/run-totals.ts';

export type RecordOf<T extends RunRecord['type']> = Extract<RunRecord, { type: T }>;

/** How a run ended, decided once all of it was read. */
export interface Outcome {
  status: RunStatus;
  /** Why it did not complete; null for a completed run. */
  error: string | null;
  /** Whether the log says what cannot be, and in which way: none of its figures can be believed. */
  broken: ReadonlyArray<'broken_line' | 'broken_invariant'>;
}

export interface Run {
  readonly header: Header;
  readonly outcome: Outcome;
  /** Its log below raw/, or where it lies. */
  readonly log: string;
  /** The best that its host can do; null where no hardware benchmark is near. */
  readonly hardware: HardwareLog | null;
  /** What asks for such a run: its script, null where a person was part of it, and the options by their names; null where unknown. */
  readonly command: { script: string | null; options: unknown } | null;
  /** All records but the header, tokens and requests of a load, in their order. */
  readonly records: readonly RunRecord[];
  /** Null when the run ended before its model was loaded. */
  readonly effective: Effective | null;
  /** With the number of their arrivals, which older logs leave to the tokens. */
  readonly answers: readonly AnswerRecord[];
  readonly stages: ReadonlyArray<{ readonly stage: LoadStageRecord; readonly figures: StageFigures }>;
  /** Gaps between the tokens of measured answers whose arrivals give a decode rate, from t1 on; 0 within an arrival. */
  readonly gapsNs: readonly number[];
  /** Gaps between the arrivals of all measured answers. */
  readonly arrivalGapsNs: readonly number[];
  /** Token ids of measured answers. */
  readonly outputs: readonly Output[];
}

/** The records of one type, in their order. */
export function recordsOf<T extends RunRecord['type']>({ records }: Pick<Run, 'records'>, type: T): Array<RecordOf<T>> {
  return records.filter((record): record is RecordOf<T> => record.type === type);
}

/** The latest record of a type; null where there is none. */
export function lastOf<T extends RunRecord['type']>({ records }: Pick<Run, 'records'>, type: T): RecordOf<T> | null {
  return records.findLast((record): record is RecordOf<T> => record.type === type) ?? null;
}

export interface Span {
  name: CheckpointName;
  startNs: number;
  endNs: number;
}

/** The closed spans between checkpoints of one name and label. */
export function spansOf(run: Pick<Run, 'records'>): Span[] {
  const open = new Map<string, number>();
  return recordsOf(run, 'checkpoint').flatMap(({ name, label, edge, atNs }) => {
    const key = `${name} ${label ?? ''}`;
    const startNs = open.get(key);
    if (edge === 'start') open.set(key, atNs);
    else open.delete(key);
    return edge === 'start' || startNs === undefined ? [] : [{ name, startNs, endNs: atNs }];
  });
}

/** Receives the tokens of one answer as soon as it is complete; null for tokens whose answer was never closed. */
export type TokenSink = (
  run: Pick<Run, 'header' | 'effective'>,
  answer: AnswerRecord | null,
  tokens: readonly TokenRecord[],
) => void;

/** Takes the records of a run in their order. */
export class RunReading {
  readonly header: Header;
  effective: Effective | null = null;
  end: RecordOf<'end'> | null = null;
  readonly #onTokens: TokenSink;
  readonly #records: RunRecord[] = [];
  readonly #answers: AnswerRecord[] = [];
  readonly #stages: Array<{ stage: LoadStageRecord; figures: StageFigures }> = [];
  readonly #gapsNs: number[] = [];
  readonly #arrivalGapsNs: number[] = [];
  readonly #outputs: Output[] = [];
  /** Tokens of the answer that is being read, which its answer record will close. */
  #tokens: TokenRecord[] = [];
  /** Requests of the stage that is being read, which its stage record will close. */
  #requests: LoadRequestRecord[] = [];

  constructor(header: Header, onTokens: TokenSink = () => {}) {
    this.header = header;
    this.#onTokens = onTokens;
  }

  add(record: RunRecord): void {
    switch (record.type) {
      case 'header':
        return;
      case 'token':
        if (this.#tokens[0] !== undefined && this.#tokens[0].answer !== record.answer) this.#leaveUnclosedTokens();
        this.#tokens.push(record);
        return;
      case 'load_request':
        this.#requests.push(record);
        return;
      case 'answer':
        this.#answer(record);
        break;
      case 'load_stage':
        this.#stages.push({
          stage: record,
          figures: stageFigures(record, this.#requests, objectivesOf(this.header.requested)),
        });
        this.#requests = [];
        break;
      case 'effective':
        this.effective = record;
        break;
      case 'end':
        this.end = record;
        break;
    }
    this.#records.push(record);
  }

  /** Tokens whose answer never came are handed on. */
  finish(closing: Pick<Run, 'outcome' | 'log'>): Run {
    this.#leaveUnclosedTokens();
    return {
      ...closing,
      header: this.header,
      hardware: null,
      command: null,
      records: this.#records,
      effective: this.effective,
      answers: this.#answers,
      stages: this.#stages,
      gapsNs: this.#gapsNs,
      arrivalGapsNs: this.#arrivalGapsNs,
      outputs: this.#outputs,
    };
  }

  #answer(record: AnswerRecord): void {
    const mine = this.#tokens[0] === undefined || this.#tokens[0].answer === record.answer;
    if (!mine) this.#leaveUnclosedTokens();
    const tokens = this.#tokens;
    const answer = withArrivals(record, tokens);
    this.#answers.push(answer);
    if (answer.phase === 'measured') {
      if (!isHeldBack(answer)) this.#gapsNs.push(...tokenGapsNs(answer, tokens));
      this.#arrivalGapsNs.push(...arrivalGapsNs(answer, tokens));
      this.#outputs.push({ questionId: answer.questionId, round: answer.round, ids: tokens.map(({ id }) => id) });
    }
    this.#onTokens(this, answer, tokens);
    this.#tokens = [];
  }

  #leaveUnclosedTokens(): void {
    if (this.#tokens.length > 0) this.#onTokens(this, null, this.#tokens);
    this.#tokens = [];
  }
}

/** Older logs do not say in how many arrivals the tokens came; the tokens do. */
function withArrivals(answer: AnswerRecord, tokens: readonly TokenRecord[]): AnswerRecord {
  if (answer.arrivals !== undefined || tokens.length !== answer.tokens) return answer;
  const atNs = tokens.map((token) => token.atNs);
  return { ...answer, ...arrivalsOf(atNs, resolutionNsOf(answer)) };
}
