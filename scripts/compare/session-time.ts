/**
 * How many rounds, of how long runs, fit into a time. A run that measures for a shorter while differs more from the next one;
 * a round that is missing costs more: below six there is no verdict. So seconds are given up before rounds, down to a second,
 * then rounds down to those six, then what is left of the second.
 */

import { warmUpSeconds } from '../run/warm-up.ts';
import { defaults } from '../settings/defaults.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';

export interface SessionTime {
  /** For all rounds together. */
  ms: number;
  runsPerRound: number;
  /** Of a run before it warms up, and after it has measured: engine, model, log. */
  startMs: number;
}

/** Over the time of decoding, in a run: prompts, what lies between two answers, and the rest of a round of questions. */
const aroundDecoding = 1.5;
const shortestSeconds = 0.5;
const goodSeconds = 1;

/** @param most rounds */
export function roundsWithin(time: SessionTime, most: number): { rounds: number; minSeconds: number } {
  for (let rounds = Math.max(most, fewestForVerdict); rounds >= fewestForVerdict; rounds--) {
    const seconds = secondsOfRun(time, rounds);
    if (seconds >= goodSeconds) return { rounds, minSeconds: seconds };
  }
  return { rounds: fewestForVerdict, minSeconds: secondsOfRun(time, fewestForVerdict) };
}

/** The longest measuring that fits, in tenths of a second. */
function secondsOfRun({ ms, runsPerRound, startMs }: SessionTime, rounds: number): number {
  const decodingSeconds = (ms / (rounds * Math.max(1, runsPerRound)) - startMs) / 1000 / aroundDecoding;
  let tenths = Math.round(defaults.minSeconds * 10);
  while (tenths > shortestSeconds * 10 && tenths / 10 + warmUpSeconds(tenths / 10) > decodingSeconds) tenths--;
  return tenths / 10;
}

/** What so many runs take, as planned. Milliseconds. */
export function expectedMs(runs: number, minSeconds: number, startMs: number): number {
  return runs * (startMs + (minSeconds + warmUpSeconds(minSeconds)) * aroundDecoding * 1000);
}
