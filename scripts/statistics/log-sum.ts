/**
 * Positive quantities that are sums of parts, each a known amount times unknown factors: the time of a token, the memory of a
 * process. This is the logarithm of such a sum, and how it changes with the logarithms of the factors.
 */

/** exp(logAmount + the sum of these parameters). */
export interface Part {
  readonly logAmount: number;
  readonly parameters: readonly number[];
}

/** Parts of one group happen at the same time and hide each other, more or less; groups add up. */
export type LogSum = ReadonlyArray<readonly Part[]>;

/**
 * One after the other, in memory of its own: a fit evaluates some ten thousand. The gradient is dense, and `touched` are its places
 * that the last sum has changed.
 */
export class LogSumEvaluation {
  readonly gradient: Float64Array;
  readonly touched: number[] = [];
  readonly #isTouched: Uint8Array;

  constructor(size: number) {
    this.gradient = new Float64Array(size);
    this.#isTouched = new Uint8Array(size);
  }

  /**
   * @param overlap of the parts of a group, (a^p + b^p)^(1/p): 1 adds them, a large one takes the largest
   * @returns the logarithm of the sum; parameters beyond the end are 0
   */
  at(sum: LogSum, parameters: Float64Array, overlap: number): number {
    for (const place of this.touched) {
      this.gradient[place] = 0;
      this.#isTouched[place] = 0;
    }
    this.touched.length = 0;
    const logsOfGroups = sum.map((parts) => logOfGroup(parts, parameters, overlap));
    const total = logOfSum(logsOfGroups);
    for (const [g, parts] of sum.entries()) {
      const ofGroup = logsOfGroups[g] ?? 0;
      for (const part of parts) {
        const share = Math.exp(ofGroup - total + overlap * (logOf(part, parameters) - ofGroup));
        for (const place of part.parameters) this.#add(place, share);
      }
    }
    return total;
  }

  #add(place: number, slope: number): void {
    if (place >= this.gradient.length) return;
    if (this.#isTouched[place] === 0) {
      this.#isTouched[place] = 1;
      this.touched.push(place);
    }
    this.gradient[place] = (this.gradient[place] ?? 0) + slope;
  }
}

function logOf({ logAmount, parameters: places }: Part, parameters: Float64Array): number {
  let log = logAmount;
  for (const place of places) log += parameters[place] ?? 0;
  return log;
}

function logOfGroup(parts: readonly Part[], parameters: Float64Array, overlap: number): number {
  return logOfSum(parts.map((part) => overlap * logOf(part, parameters))) / overlap;
}

function logOfSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  let total = 0;
  for (const log of logs) total += Math.exp(log - largest);
  return largest + Math.log(total);
}
