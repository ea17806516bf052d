/**
 * The records of a run, in memory and in its log. Some come by themselves, from timers and from the engine: so writing them never
 * throws. A log that cannot be written any more, on a full disk most often, ends the run; what is in it stays whole.
 */
import { createRunLog, type RunLog } from './run-log.ts';
import type { Header, RunRecord } from './run-log-format.ts';

export class KeptRecords {
  /** All of them, written or not. */
  readonly all: RunRecord[] = [];
  /** Called once, when the log cannot be written. */
  onFault: () => void = () => {};
  #log: RunLog | undefined;
  #unwritten: RunRecord[] = [];
  #fault: unknown;

  /** Why the log could not be written. */
  get fault(): unknown {
    return this.#fault;
  }

  /** Empty before it is opened. */
  get logPath(): string {
    return this.#log?.path ?? '';
  }

  /** The header, then what came before it. @throws UserError when there can be no log */
  open(output: string, header: Header): void {
    const before = this.all.splice(0);
    this.#log = createRunLog(output, header);
    this.all.push(header);
    this.write(...before);
  }

  /** What could not be written is tried again with what comes next. */
  readonly write = (...records: RunRecord[]): void => {
    this.all.push(...records);
    if (this.#log === undefined) return;
    this.#unwritten.push(...records);
    try {
      this.#log.write(...this.#unwritten);
      this.#unwritten = [];
    } catch (error) {
      const isFirst = this.#fault === undefined;
      this.#fault ??= error;
      if (isFirst) this.onFault();
    }
  };

  /** @throws whatever kept the log from being written */
  requireWritten(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  close(): void {
    this.#log?.close();
  }
}
