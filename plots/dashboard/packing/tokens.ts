/**
 * Generated tokens, a million of them, in four bytes each: how long each took, within 0.03 %, and which text it was. Answers have
 * their run, phase and beginning.
 */
import type { TokenRow } from '../../../scripts/workloads/questions/tables.ts';
import { type ByteWriter, readSlice, type Slice } from './bytes.ts';

export const phases = ['cold', 'warmup', 'measured', 'unfinished'] as const;
type Phase = (typeof phases)[number];

export interface PackedTokens {
  /** Places in the table of runs, a value an answer; those of a run stand together. */
  readonly runs: Slice;
  readonly answers: Slice;
  readonly phases: Slice;
  /** When its first token came, ms since the start of the run. */
  readonly starts: Slice;
  readonly counts: Slice;
  /** Of all tokens, answer by answer. */
  readonly latencies: Slice;
  readonly texts: Slice;
  readonly words: readonly string[];
  /** Where the file would have grown too large: so many answers of each run are in it, the first ones. Null where all are. */
  readonly answersPerRun: number | null;
}

/** Durations lie this factor apart; 0 stands for none. 65,535 steps reach from a nanosecond to more than a day. */
const growth = 1.0005;
const logGrowth = Math.log(growth);
const shortestMs = 1e-6;

function codeOf(durationMs: number | null): number {
  if (durationMs === null) return 0;
  const code = 1 + Math.round(Math.log(Math.max(durationMs, shortestMs) / shortestMs) / logGrowth);
  return Math.min(code, 0xffff);
}

/** A duration of nothing, as of tokens that came together, is the shortest. Null where it is not known. */
function durationOf(code: number): number | null {
  return code === 0 ? null : shortestMs * growth ** (code - 1);
}

interface Answer {
  readonly answer: number;
  readonly phase: Phase;
  readonly startMs: number;
  readonly latencies: number[];
  readonly texts: number[];
}

/** Takes tokens as their table has them, run by run, and packs them once all are there. */
export class TokenCollector {
  readonly #answers = new Map<string, Answer[]>();
  readonly #words = new Map<string, number>();

  add({ uuid, answer, phase, step, at_ms: at, total_latency_ms: latency, generated_text: text }: TokenRow): void {
    if (uuid === null || answer === null) return;
    const ofRun = this.#answers.get(uuid) ?? [];
    this.#answers.set(uuid, ofRun);
    let last = ofRun.at(-1);
    if (last === undefined || last.answer !== answer || step === 0) {
      last = { answer, phase: phaseOf(phase), startMs: at ?? 0, latencies: [], texts: [] };
      ofRun.push(last);
    }
    last.latencies.push(codeOf(latency));
    last.texts.push(this.#wordOf(text ?? ''));
  }

  #wordOf(text: string): number {
    const known = this.#words.get(text) ?? this.#words.size;
    this.#words.set(text, known);
    return known;
  }

  get count(): number {
    return [...this.#answers.values()].flat().reduce((sum, { latencies }) => sum + latencies.length, 0);
  }

  /** The most answers that a run has. */
  get mostAnswers(): number {
    return Math.max(0, ...[...this.#answers.values()].map((answers) => answers.length));
  }

  /**
   * @param uuids of the runs, in the order of their table
   * @param answersPerRun the first so many; all where null
   */
  pack(uuids: ReadonlyArray<string | null>, answersPerRun: number | null, writer: ByteWriter): PackedTokens {
    const placed = uuids.flatMap((uuid, run) => {
      const answers = this.#answers.get(uuid ?? '') ?? [];
      return answers.slice(0, answersPerRun ?? answers.length).map((answer) => ({ run, ...answer }));
    });
    const words = [...this.#words.keys()];
    return {
      runs: writer.add(
        'u32',
        placed.map(({ run }) => run),
      ),
      answers: writer.add(
        'u32',
        placed.map(({ answer }) => answer),
      ),
      phases: writer.add(
        'u8',
        placed.map(({ phase }) => phases.indexOf(phase)),
      ),
      starts: writer.add(
        'f64',
        placed.map(({ startMs }) => startMs),
      ),
      counts: writer.add(
        'u32',
        placed.map(({ latencies }) => latencies.length),
      ),
      latencies: writer.add(
        'u16',
        placed.flatMap(({ latencies }) => latencies),
      ),
      texts: writer.add(
        words.length < 65_536 ? 'u16' : 'u32',
        placed.flatMap(({ texts }) => texts),
      ),
      words,
      answersPerRun,
    };
  }
}

function phaseOf(phase: string | null): Phase {
  return phases.find((known) => known === phase) ?? 'unfinished';
}

/** One answer of a run, token by token. */
export interface AnswerTokens {
  readonly answer: number;
  readonly phase: Phase;
  /** When its first token came, since the start of the run. */
  readonly startMs: number;
  readonly tokens: ReadonlyArray<{ readonly durationMs: number | null; readonly text: string }>;
}

export interface TokenReader {
  readonly answersOf: (run: number) => AnswerTokens[];
  /** Durations of the tokens of measured answers but for the first ones, which stand for their prompts. */
  readonly eachGap: (run: number, take: (durationMs: number) => void) => void;
}

/** Looks the tokens of one run up. */
export function tokenReader(packed: PackedTokens, bytes: Uint8Array): TokenReader {
  const read = (slice: Slice) => readSlice(bytes, slice);
  const [runs, answers, phaseCodes, starts] = [packed.runs, packed.answers, packed.phases, packed.starts].map(read);
  const [counts, latencies, texts] = [packed.counts, packed.latencies, packed.texts].map(read);
  const ofRun = new Map<number, Array<{ place: number; from: number }>>();
  let from = 0;
  for (let i = 0; i < packed.runs.length; i++) {
    const run = runs?.[i] ?? 0;
    const known = ofRun.get(run) ?? [];
    known.push({ place: i, from });
    ofRun.set(run, known);
    from += counts?.[i] ?? 0;
  }
  const phaseOfAnswer = (place: number) => phases[phaseCodes?.[place] ?? 0] ?? 'unfinished';
  return {
    answersOf: (run) =>
      (ofRun.get(run) ?? []).map(({ place, from: first }) => ({
        answer: answers?.[place] ?? 0,
        phase: phaseOfAnswer(place),
        startMs: starts?.[place] ?? 0,
        tokens: Array.from({ length: counts?.[place] ?? 0 }, (_, i) => ({
          durationMs: durationOf(latencies?.[first + i] ?? 0),
          text: packed.words[texts?.[first + i] ?? 0] ?? '',
        })),
      })),
    eachGap: (run, take) => {
      for (const { place, from: first } of ofRun.get(run) ?? []) {
        if (phaseOfAnswer(place) !== 'measured') continue;
        for (let i = 1; i < (counts?.[place] ?? 0); i++) {
          const durationMs = durationOf(latencies?.[first + i] ?? 0);
          if (durationMs !== null) take(durationMs);
        }
      }
    },
  };
}
