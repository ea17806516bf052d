/** Figures of a candidate that follow from others: the time of an answer, its energy, what it costs. */
import { formats, weightClassOf } from '../../scripts/log/records/model-record.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { centerInterval, centerOf, type Interval, median } from '../../scripts/statistics/statistics.ts';
import type { Candidate, CandidateFigure } from './candidate.ts';
import { memoryOf, type Observation, prefillRateOf } from './observations.ts';
import { decodeRateOf, type Work } from './work.ts';

/** What is asked for: how long prompt and answer are, and what machine and electricity cost. */
export interface Terms {
  /** Positions in the cache before the prompt. */
  depth: number;
  promptTokens: number;
  answerTokens: number;
  pricePerHour: number | null;
  /** Per kilowatt-hour. */
  electricityPrice: number | null;
}

type Figures = Candidate['figures'];

export function measuredFigures(observation: Observation, terms: Terms): Figures {
  const { runs } = observation.group;
  const of = (read: (run: RunRow) => number | null): CandidateFigure | undefined => {
    const values = runs.flatMap((run) => read(run) ?? []).filter((value) => value > 0);
    if (values.length === 0) return undefined;
    return { value: centerOf(values), interval: centerInterval(values), trust: 'measured' };
  };
  const found = {
    decode: of(decodeRateOf),
    prefill: of(prefillRateOf),
    ttft: of(({ ttft_ms }) => ttft_ms),
    memory: of(memoryOf),
    energy: of(({ gross_joules_per_token_decode: joules }) => joules),
  };
  return withDerived(defined(found), terms, { ...observation, observations: [observation] });
}

interface Beside {
  quantize: string;
  work: Work;
  /** Whose power stands for the power of this one, where it has no energy of its own. */
  observations: readonly Observation[];
}

/** Those that follow from decode and prefill rate, with their intervals: the slow end of both, the fast end of both. */
export function withDerived(known: Figures, terms: Terms, beside: Beside): Figures {
  const { decode, prefill } = known;
  const ttft = known.ttft ?? (prefill === undefined ? undefined : inverse(prefill, 1000 * terms.promptTokens));
  const perAnswer = decode === undefined ? undefined : inverse(decode, 1000 * (terms.answerTokens - 1));
  const energy = known.energy ?? energyOf(decode, beside.observations);
  return defined({
    ...known,
    ttft,
    answer: ttft === undefined || perAnswer === undefined ? undefined : sumOf(ttft, perAnswer),
    quality: { value: bitsOf(beside.quantize), interval: null, trust: 'measured' as const },
    energy,
    cost: decode === undefined ? undefined : costOf(decode, energy, terms),
  });
}

/** @returns amount / rate */
function inverse({ value, interval, ...rest }: CandidateFigure, amount: number): CandidateFigure {
  const turned = interval === null ? null : { low: amount / interval.high, high: amount / interval.low };
  return { ...rest, value: amount / value, interval: turned };
}

function sumOf(a: CandidateFigure, b: CandidateFigure): CandidateFigure {
  const interval: Interval | null =
    a.interval === null || b.interval === null
      ? null
      : { low: a.interval.low + b.interval.low, high: a.interval.high + b.interval.high };
  return { ...b, value: a.value + b.value, interval };
}

/** The values of a format as files usually have them, so that all models of one format are alike. */
function bitsOf(quantize: string): number {
  return formats.get(quantize)?.bitsPerWeight ?? (Number.parseInt(weightClassOf(quantize), 10) || 0);
}

/** At the power that the host took in the runs of the others. */
function energyOf(decode: CandidateFigure | undefined, others: readonly Observation[]): CandidateFigure | undefined {
  const watts = others.flatMap(({ group }) =>
    group.runs.flatMap((run) => {
      const [joules, rate] = [run.gross_joules_per_token_decode, decodeRateOf(run)];
      return joules === null || rate === null ? [] : joules * rate;
    }),
  );
  return decode === undefined || watts.length === 0 ? undefined : inverse(decode, median(watts));
}

const secondsPerHour = 3600;
const joulesPerKilowattHour = 3.6e6;
const million = 1e6;

/** Of the machine for the time of a million tokens, and of the electricity for them. Undefined without prices. */
function costOf(
  decode: CandidateFigure,
  energy: CandidateFigure | undefined,
  { pricePerHour, electricityPrice }: Terms,
): CandidateFigure | undefined {
  if (pricePerHour === null && (electricityPrice === null || energy === undefined)) return undefined;
  const ofTime = inverse(decode, (million * (pricePerHour ?? 0)) / secondsPerHour);
  if (electricityPrice === null || energy === undefined) return ofTime;
  const perJoule = (million * electricityPrice) / joulesPerKilowattHour;
  const ofEnergy = { ...energy, value: energy.value * perJoule, interval: scaled(energy.interval, perJoule) };
  return sumOf(ofEnergy, ofTime);
}

function scaled(interval: Interval | null, factor: number): Interval | null {
  return interval === null ? null : { low: interval.low * factor, high: interval.high * factor };
}

function defined(figures: Record<string, CandidateFigure | undefined>): Figures {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== undefined));
}
