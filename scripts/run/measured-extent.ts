/** Was there enough to measure: time enough, and a model large enough that its weights decide? */
import type { Header, RunRecord, WarningRecord } from '../log/run-log-format.ts';
import { ownClockStepNs } from '../results/figures/checked-facts.ts';
import { measuredWorkNs } from '../results/figures/condition-figures.ts';
import { gapsOf } from '../results/figures/decode-pieces.ts';
import { defaults } from '../settings/defaults.ts';
import type { AnswerRecord, TokenRecord } from '../workloads/questions/records.ts';
import type { WorkloadTraits } from './run-plan.ts';

/**
 * Below so many parameters the cost of handing a token over weighs as much as computing it: of our own shapes in 8 bits, on two
 * cores, llama.cpp from here reached 0.56 of its own rate with 15 million parameters and 0.86 with 135 million.
 */
const toyParameters = 50e6;

export function extentWarnings(
  header: Header,
  records: readonly RunRecord[],
  { extent }: WorkloadTraits,
): WarningRecord[] {
  if (extent === undefined) return [];
  const workNs = measuredWorkNs(records);
  if (workNs === null) return [];
  const isServed = records.some((record) => record.type === 'answer' && record.served !== undefined);
  // A server is asked one round unless more are named: it may keep prompts.
  const more = isServed ? 'more rounds with --iterations N' : extent.more;
  return [...shortWarnings(header, workNs / 1e9, extent.done, more), ...toyWarnings(header)];
}

function shortWarnings({ requested }: Header, seconds: number, done: string, more: string): WarningRecord[] {
  const asked = Number(requested.minSeconds ?? 0);
  const least = asked > 0 ? asked : defaults.minSeconds;
  if (seconds >= least) return [];
  return [
    {
      type: 'warning',
      code: 'short_measurement',
      message: `${done} for ${seconds.toPrecision(2)} s only, less than ${least} s: noise of the machine weighs more; ${more}`,
    },
  ];
}

function toyWarnings({ model }: Header): WarningRecord[] {
  if (model.parameters === 0 || model.parameters >= toyParameters) return [];
  const millions = (model.parameters / 1e6).toPrecision(2);
  return [
    {
      type: 'warning',
      code: 'toy_model',
      message: `${model.name} has ${millions} million parameters: below ${toyParameters / 1e6} million the cost of each step weighs as much as the weights, so its rates rank overheads and say little of larger models`,
    },
  ];
}

// Is the clock fine enough for the gaps that it measures? Browsers round theirs to protect their users.

/** A gap of so many ticks is known to 10 %. */
const ticksOfAGap = 10;
const noticeableShare = 0.05;

/** Tokens that came in one piece share an instant for a reason of their own: that is another warning. */
export function timerWarnings(records: readonly RunRecord[], answers: readonly AnswerRecord[]): WarningRecord[] {
  if (answers.some((answer) => answer.served !== undefined)) return [];
  const measured = new Set(answers.map(({ answer }) => answer));
  const tokens = records.filter(
    (record): record is TokenRecord => record.type === 'token' && measured.has(record.answer),
  );
  const gapsNs = gapsOf(tokens).map(({ ns }) => ns);
  if (gapsNs.length === 0) return [];
  const tickNs = ownClockStepNs(records) ?? 0;
  const short = gapsNs.filter((gapNs) => gapNs <= 0 || gapNs < ticksOfAGap * tickNs).length;
  if (short / gapsNs.length < noticeableShare) return [];
  const tick = tickNs === 0 ? '' : `, which ticks every ${(tickNs / 1000).toFixed(1)} µs`;
  return [
    {
      type: 'warning',
      code: 'timer_too_coarse',
      message: `${short} of ${gapsNs.length} gaps between tokens are too short for the clock${tick}: single gaps and their percentiles are rounding; the rates of whole answers hold, and longer answers make them finer: --ignore-eos --max-tokens N`,
    },
  ];
}

// How many rounds a run measures: as many as were asked for, and then until it has worked long enough. Whole ones only.

/** Where prompts take nearly all of the time, decoding may never add up: so many times the least is as long as it may take. */
const longestTimes = 5;

export interface RoundsDone {
  rounds: number;
  /** Time of decoding, or of whatever is measured. */
  workNs: number;
  /** Time since the first round began. */
  elapsedNs: number;
}

export function needsRound(asked: { rounds: number; minSeconds: number }, done: RoundsDone): boolean {
  if (done.rounds < asked.rounds) return true;
  const leastNs = asked.minSeconds * 1e9;
  return done.workNs < leastNs && done.elapsedNs < longestTimes * leastNs;
}
