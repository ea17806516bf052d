/** How many rounds a run measures: as many as were asked for, and then until it has worked long enough. Whole ones only. */

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
