/**
 * Reads one raw log from its first line to its last, no matter what happened to it: broken lines and broken invariants are
 * noted with their line, and everything else still counts.
 */
import { basename } from 'node:path';
import { oneLine } from '../../scripts/command-line/errors.ts';
import type { EndRecord, Header } from '../../scripts/log/run-log-format.ts';
import { impossibleText, RunFaults } from '../../scripts/results/invariants/run-faults.ts';
import { type Outcome, type Run, RunReading, type TokenSink } from '../../scripts/results/run.ts';
import { parseHeader } from './head.ts';
import { type Line, parseRecord, readLines, withoutCarriageReturns } from './lines.ts';
import { type Problem, placeOf } from './problem.ts';

/** A log's own name says which run it is; a file that was renamed says nothing. */
const ownName = /_seed(-?\d+)_uuid([0-9a-f-]{36})\.txt$/;

/** What is wrong with a log's name; null too for a file of another name. */
function fileNameFault(log: string, { seed, uuid }: Header): string | null {
  const [, seedInName, uuidInName] = ownName.exec(log) ?? [];
  if (uuidInName === undefined) return null;
  if (uuidInName !== uuid) return `the run ${uuid} in the file of the run ${uuidInName}`;
  return Number(seedInName) === seed ? null : `the seed is ${seed}, and in the name of the file ${seedInName}`;
}

export interface ReadRun {
  run: Run;
  problems: Problem[];
  /** Checksum of all bytes of the log. */
  crc: number;
}

/**
 * Null when the header turns out to be unreadable after all: the file was replaced while it was being read.
 * @param log its place below raw/, as problems name it
 */
export function readRun(path: string, onTokens: TokenSink, log = basename(path)): ReadRun | null {
  const reading = new LogReading(log, onTokens);
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

class LogReading {
  readonly #log: string;
  readonly #onTokens: TokenSink;
  readonly #problems: Problem[] = [];
  #run: RunReading | null = null;
  #faults: RunFaults | null = null;
  #line = 0;
  #cutAtLine: number | null = null;
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
      this.#run = new RunReading(parsed.header, this.#onTokens);
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
    this.#run.add(parsed.record);
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

  finish(crc: number): ReadRun | null {
    const reading = this.#run;
    if (reading === null) return null;
    for (const fault of this.#faults?.end() ?? []) this.#note('broken_invariant', fault);
    const verdict = this.#verdict(reading.end);
    const broken = this.#problems.map(({ kind }) => kind).filter(isBroken);
    const run = reading.finish({ outcome: { ...verdict, broken: [...new Set(broken)] }, log: this.#log });
    return { run, problems: this.#problems, crc };
  }

  #verdict(end: EndRecord | null): Pick<Outcome, 'status' | 'error'> {
    const broken = this.#problems.filter((problem) => problem.kind === 'broken_line').map((problem) => problem.reason);
    if (end === null) {
      const reason = this.#cutAtLine === null ? 'no closing line' : `cut off in line ${this.#cutAtLine}`;
      this.#note('killed', `${reason}: the run was killed, or is still running`);
      return { status: 'killed', error: [reason, ...broken].join('; ') };
    }
    if (this.#cutAtLine !== null) {
      broken.push(`line ${this.#cutAtLine} is cut off`);
      this.#note('broken_line', `line ${this.#cutAtLine} is cut off`);
    }
    const said = end.error === undefined ? [] : [oneLine(end.error.message)];
    if (end.status === 'completed') {
      const wrong = broken.length > 0 ? broken : this.#impossible();
      return wrong.length === 0 ? { status: 'completed', error: null } : { status: 'failed', error: wrong.join('; ') };
    }
    const error = [...said, ...broken].join('; ');
    this.#note(end.status, error === '' ? `the run ${end.status} and says no reason` : error);
    return { status: end.status, error: error === '' ? null : error };
  }

  /** The reason for a run that says what cannot be, as the run itself gives it: none of its figures can be believed. */
  #impossible(): string[] {
    const faults = this.#problems.filter(({ kind }) => kind === 'broken_invariant');
    if (faults.length === 0) return [];
    return [impossibleText(faults.map(({ line, reason }) => `${placeOf(this.#log, line)}: ${reason}`))];
  }

  #note(kind: Problem['kind'], reason: string): void {
    this.#problems.push({ kind, line: this.#line, reason });
  }
}

function isBroken(kind: Problem['kind']): kind is Outcome['broken'][number] {
  return kind === 'broken_line' || kind === 'broken_invariant';
}
