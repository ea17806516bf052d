/**
 * Reads one raw log from its first line to its last, whatever happened to it: broken lines and broken invariants are
 * noted with their line, and everything else still counts.
 */
import { basename } from 'node:path';
import { oneLine } from '../../scripts/command-line/errors.ts';
import { arrivalGapsNs, arrivalsOf, resolutionNsOf, tokenGapsNs } from '../../scripts/log/figures/arrivals.ts';
import { stageFigures } from '../../scripts/log/figures/load-metrics.ts';
import { isHeldBack } from '../../scripts/log/figures/metrics.ts';
import { objectivesOf } from '../../scripts/log/figures/objectives.ts';
import { RunFaults } from '../../scripts/log/invariants/run-faults.ts';
import type { Checkpoint, RunRecord } from '../../scripts/log/run-log-format.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../../scripts/workloads/load/records.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import { fileNameFault } from './file-name.ts';
import { parseHeader } from './head.ts';
import { readLines, withoutCarriageReturns } from './lines.ts';
import { type Problem, placeOf } from './problem.ts';
import { type Line, parseRecord } from './record.ts';
import { emptyRun, type Outcome, type Run } from './run.ts';

/** Receives the tokens of one answer as soon as it is complete; null for tokens whose answer was never closed. */
export type TokenSink = (run: Run, answer: AnswerRecord | null, tokens: readonly TokenRecord[]) => void;

/**
 * Null when the header turns out to be unreadable after all: the file was replaced while it was being read.
 * @param log its place below raw/, as what is wrong with it is told
 */
export function readRun(
  path: string,
  onTokens: TokenSink,
  log = basename(path),
): { run: Run; outcome: Outcome } | null {
  const reading = new RunReading(log, onTokens);
  let crc = 0;
  try {
    const read = readLines(path, (text, line, complete) => reading.line(text, line, complete));
    crc = read.crc;
    reading.compare(read.crcBeforeLast, () => withoutCarriageReturns(path));
  } catch (error) {
    reading.breakOff(oneLine(error));
  }
  return reading.finish(crc);
}

/** In the reason that stands in runs.csv; the collation names more. */
const namedFaults = 3;

class RunReading {
  readonly #log: string;
  readonly #onTokens: TokenSink;
  readonly #problems: Problem[] = [];
  readonly #openSpans = new Map<string, Checkpoint>();
  #run: Run | null = null;
  #faults: RunFaults | null = null;
  #line = 0;
  #cutAtLine: number | null = null;
  /** Tokens of the answer that is being read, which its answer record will close. */
  #tokens: TokenRecord[] = [];
  /** Requests of the stage that is being read, which its stage record will close. */
  #requests: LoadRequestRecord[] = [];

  constructor(log: string, onTokens: TokenSink) {
    this.#log = log;
    this.#onTokens = onTokens;
  }

  /** False when the rest of the file does not belong to this run. */
  line(text: string | null, line: number, complete: boolean): boolean {
    this.#line = line;
    if (this.#run === null) {
      if (text === null) return false;
      const parsed = parseHeader(text);
      if (parsed.kind === 'none') return false;
      this.#run = emptyRun(parsed.header);
      this.#faults = new RunFaults(parsed.header);
      const fault = fileNameFault(this.#log, parsed.header);
      if (fault !== null) this.#note('broken_invariant', fault);
      return true;
    }
    if (text === '') return true;
    const parsed: Line = text === null ? { kind: 'broken', reason: 'not UTF-8' } : parseRecord(text);
    if (parsed.kind === 'broken') {
      if (complete) this.#note('broken_line', `line ${line} is ${parsed.reason}`);
      else this.#cutAtLine = line;
      return true;
    }
    if (parsed.record.type === 'header') {
      this.#note('broken_line', `line ${line} is a second header: another log was appended to this one`);
      return false;
    }
    for (const fault of this.#faults?.record(parsed.record) ?? []) this.#note('broken_invariant', fault);
    this.#record(this.#run, parsed.record);
    return true;
  }

  /** @param found the checksum of what stands before the last line, and of the same with our own line breaks */
  compare(found: number, withOurBreaks: () => number): void {
    const written = this.#run?.end?.crc32;
    if (written === undefined || written === found || written === withOurBreaks()) return;
    this.#note('broken_invariant', 'the log was changed after it was written: its closing line has another checksum');
  }

  breakOff(reason: string): void {
    this.#note('broken_line', reason);
  }

  finish(crc: number): { run: Run; outcome: Outcome } | null {
    const run = this.#run;
    if (run === null) return null;
    this.#leaveUnclosedTokens(run);
    for (const fault of this.#faults?.end() ?? []) this.#note('broken_invariant', fault);
    return { run, outcome: { ...this.#verdict(run), problems: this.#problems, crc } };
  }

  #verdict(run: Run): Pick<Outcome, 'status' | 'error'> {
    const broken = this.#problems.filter((problem) => problem.kind === 'broken_line').map((problem) => problem.reason);
    if (run.end === null) {
      const reason = this.#cutAtLine === null ? 'no closing line' : `cut off in line ${this.#cutAtLine}`;
      this.#note('killed', `${reason}: the run was killed, or is still running`);
      return { status: 'killed', error: [reason, ...broken].join('; ') };
    }
    if (this.#cutAtLine !== null) {
      broken.push(`line ${this.#cutAtLine} is cut off`);
      this.#note('broken_line', `line ${this.#cutAtLine} is cut off`);
    }
    const said = run.end.error === undefined ? [] : [oneLine(run.end.error.message)];
    if (run.end.status === 'completed') {
      const wrong = broken.length > 0 ? broken : this.#impossible();
      return wrong.length === 0 ? { status: 'completed', error: null } : { status: 'failed', error: wrong.join('; ') };
    }
    const error = [...said, ...broken].join('; ');
    this.#note(run.end.status, error === '' ? `the run ${run.end.status} and says no reason` : error);
    return { status: run.end.status, error: error === '' ? null : error };
  }

  /** As the run itself ends that says what cannot be: none of its figures can be believed. */
  #impossible(): string[] {
    const faults = this.#problems.filter(({ kind }) => kind === 'broken_invariant');
    if (faults.length === 0) return [];
    const named = faults.slice(0, namedFaults).map(({ line, reason }) => `${placeOf(this.#log, line)}: ${reason}`);
    const rest = faults.length - named.length;
    return [`the log says what cannot be: ${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`];
  }

  #record(run: Run, record: Exclude<RunRecord, { type: 'header' }>): void {
    switch (record.type) {
      case 'token':
        this.#token(run, record);
        return;
      case 'answer':
        this.#answer(run, record);
        return;
      case 'effective':
        run.effective = record;
        return;
      case 'checkpoint':
        this.#checkpoint(run, record);
        return;
      case 'kernel':
        run.kernels.push(record);
        return;
      case 'embedding':
        run.embeddings.push(record);
        return;
      case 'warm_up':
        run.warmUpRecords.push(record);
        return;
      case 'parity_reference':
        run.parityReference = record;
        return;
      case 'parity':
        run.parity.push(record);
        return;
      case 'parity_verdict':
        run.parityVerdict = record;
        return;
      case 'load_request':
        this.#requests.push(record);
        return;
      case 'load_stage':
        this.#loadStage(run, record);
        return;
      case 'pool_level':
      case 'pool_request':
      case 'pool_cycle':
      case 'pool_recovery':
        run.pool.push(record);
        return;
      case 'task':
        run.tasks.push({ task: record, items: [], result: null });
        return;
      case 'task_item': {
        const open = run.tasks.at(-1);
        if (open?.task.task === record.task && open.result === null) open.items.push(record);
        return;
      }
      case 'task_result': {
        const open = run.tasks.at(-1);
        if (open !== undefined) open.result = record;
        return;
      }
      case 'text':
        run.likelihood.text = record;
        return;
      case 'likelihood_reference':
        run.likelihood.reference = record;
        return;
      case 'likelihood_chunk':
        run.likelihood.chunks.push(record);
        return;
      case 'perplexity':
        run.likelihood.result = record;
        return;
      case 'memory':
        run.memory.push(record);
        return;
      case 'statistics':
        run.statistics = record;
        return;
      case 'conditions':
        run.conditions.push(record);
        return;
      case 'certificate':
        run.certificate = record;
        return;
      case 'warning':
        run.warnings.push(record);
        return;
      case 'feedback':
        run.feedback.set(record.answer, record);
        return;
      case 'end':
        run.end = record;
        return;
      default:
        record satisfies never;
    }
  }

  #token(run: Run, token: TokenRecord): void {
    if (this.#tokens[0] !== undefined && this.#tokens[0].answer !== token.answer) this.#leaveUnclosedTokens(run);
    this.#tokens.push(token);
  }

  #answer(run: Run, record: AnswerRecord): void {
    const mine = this.#tokens[0] === undefined || this.#tokens[0].answer === record.answer;
    if (!mine) this.#leaveUnclosedTokens(run);
    const tokens = this.#tokens;
    const answer = withArrivals(record, tokens);
    run.answers.push(answer);
    if (answer.phase === 'measured') measure(run, answer, tokens);
    this.#onTokens(run, answer, tokens);
    this.#tokens = [];
  }

  #loadStage(run: Run, stage: LoadStageRecord): void {
    const requests = this.#requests;
    run.load.push({ stage, figures: stageFigures(stage, requests, objectivesOf(run.header.requested)) });
    this.#requests = [];
  }

  #checkpoint(run: Run, record: Checkpoint): void {
    const key = `${record.name} ${record.label ?? ''}`;
    if (record.edge === 'start') {
      if (record.name === 'engine_start') run.engineStartNs ??= record.atNs;
      this.#openSpans.set(key, record);
      return;
    }
    const start = this.#openSpans.get(key);
    if (start === undefined) return;
    this.#openSpans.delete(key);
    if (record.name === 'warmup') run.warmUps.push({ startNs: start.atNs, endNs: record.atNs });
    run.spansNs.set(record.name, (run.spansNs.get(record.name) ?? 0) + record.atNs - start.atNs);
  }

  #leaveUnclosedTokens(run: Run): void {
    if (this.#tokens.length > 0) this.#onTokens(run, null, this.#tokens);
    this.#tokens = [];
  }

  #note(kind: Problem['kind'], reason: string): void {
    this.#problems.push({ kind, line: this.#line, reason });
  }
}

function measure(run: Run, answer: AnswerRecord, tokens: readonly TokenRecord[]): void {
  if (!isHeldBack(answer)) run.gapsNs.push(...tokenGapsNs(answer, tokens));
  run.arrivalGapsNs.push(...arrivalGapsNs(answer, tokens));
  run.outputs.push({ questionId: answer.questionId, round: answer.round, ids: tokens.map((token) => token.id) });
}

/** Older logs do not say in how many arrivals the tokens came; the tokens do. */
function withArrivals(answer: AnswerRecord, tokens: readonly TokenRecord[]): AnswerRecord {
  if (answer.arrivals !== undefined || tokens.length !== answer.tokens) return answer;
  const atNs = tokens.map((token) => token.atNs);
  return { ...answer, ...arrivalsOf(atNs, resolutionNsOf(answer)) };
}
