/**
 * Several engines and programs measured in turns, and compared with the first of them. Within a round each has its turn, so that
 * drift and other load affect all alike. Every few rounds all processes start anew, because two processes of one program can
 * differ by some percent.
 */
import { significant } from '../command-line/format.ts';
import type { Contender, Measured, StartContender } from '../frameworks/own-benchmark.ts';
import { ratioOf, ratioOfPairs } from '../statistics/log-ratio.ts';
import { type Interval, median } from '../statistics/statistics.ts';

export interface TurnPlan {
  /** How often all processes start anew. */
  starts: number;
  /** Turns of each process within a start. */
  rounds: number;
  seed: number;
}

/** Rates of one contender: for each start, those of its rounds. */
export type TurnRates = ReadonlyArray<ReadonlyArray<Measured['rates']>>;

/**
 * @param starters one for each contender
 * @param onRound receives the number of each round, from 0, over all starts
 * @param signal stops the measurement
 * @returns the rates of each contender, of the starts that were completed
 * @throws Error when contenders generate different ids: then they do not do the same work
 */
export async function measureTurns(
  starters: readonly StartContender[],
  plan: TurnPlan,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<TurnRates[]> {
  const rates: Array<Array<Array<Measured['rates']>>> = starters.map(() => []);
  for (let start = 0; start < plan.starts && !signal.aborted; start++) {
    const contenders = new Map<number, Contender>();
    try {
      // The first process to load a large model was seen to be a tenth slower than the others, so the order rotates.
      for (const i of rotated(starters.length, start)) {
        const contender = signal.aborted ? undefined : await starters[i]?.();
        if (contender !== undefined) contenders.set(i, contender);
      }
      const measured = await takeTurns(contenders, start, plan, onRound, signal);
      if (!signal.aborted) for (const [i, rounds] of measured) rates[i]?.push(rounds);
    } catch (error) {
      // Ctrl-C also ends the processes.
      if (!signal.aborted) throw error;
    } finally {
      await Promise.all([...contenders.values()].map((contender) => contender[Symbol.asyncDispose]()));
    }
  }
  return rates;
}

async function takeTurns(
  contenders: ReadonlyMap<number, Contender>,
  start: number,
  { rounds, seed }: TurnPlan,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<Map<number, Array<Measured['rates']>>> {
  const rates = new Map([...contenders.keys()].map((i) => [i, [] as Array<Measured['rates']>]));
  let expected: string | undefined;
  for (let round = start * rounds; round < (start + 1) * rounds; round++) {
    onRound(round);
    for (const i of rotated(contenders.size, round)) {
      if (signal.aborted) return rates;
      const measured = await contenders.get(i)?.measure(seed + round);
      if (measured === undefined) continue;
      const ids = measured.ids === undefined ? undefined : String(measured.ids);
      expected ??= ids;
      if (ids !== undefined && ids !== expected) {
        throw new Error('the contenders generated different tokens, so their rates cannot be compared');
      }
      rates.get(i)?.push(measured.rates);
    }
  }
  return rates;
}

function rotated(count: number, by: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + by) % count);
}

/** One test, as all contenders did it. */
export interface Comparison {
  test: 'pp' | 'tg';
  /** Median over all rounds, tokens per second. */
  reference: { name: string; rate: number };
  others: RateRatio[];
}

export interface RateRatio {
  name: string;
  rate: number;
  /** Geometric mean over the starts of the ratios of their medians, other / reference. */
  ratio: number;
  /** 95 %, paired by start; null below three starts. */
  interval: Interval | null;
}

/** @param rates by name, at least one start of each; the first one is the reference */
export function compareTurns(rates: Readonly<Record<string, TurnRates>>): Comparison[] {
  const [first, ...others] = Object.entries(rates);
  if (first === undefined) return [];
  return (['pp', 'tg'] as const).flatMap((test) => {
    const reference = ratesOf(first[1], test);
    if (reference.flat().length === 0) return [];
    return {
      test,
      reference: { name: first[0], rate: median(reference.flat()) },
      others: others.map(([name, turns]) => {
        const own = ratesOf(turns, test);
        const pairs = own.map((rounds, start) => Math.log(median(rounds) / median(reference[start] ?? [])));
        return { name, rate: median(own.flat()), ...ratioOf(ratioOfPairs(pairs)) };
      }),
    };
  });
}

function ratesOf(turns: TurnRates, test: Comparison['test']): number[][] {
  return turns.map((rounds) => rounds.flatMap((rates) => rates[test] ?? []));
}

/** `98.5, 0.985 (0.972 to 0.991)`: the rate, and its ratio to the reference. */
export function ratioText({ rate, ratio, interval }: RateRatio): string {
  return `${significant(rate)}, ${ratioWithInterval({ ratio, interval })}`;
}

/** `0.985 (0.972 to 0.991)` */
export function ratioWithInterval({ ratio, interval }: Pick<RateRatio, 'ratio' | 'interval'>): string {
  const range = interval === null ? '' : ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
  return `${ratio.toFixed(3)}${range}`;
}
