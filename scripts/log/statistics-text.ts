/** What the statistics of a comparison say, in sentences: verdicts, noise floors, drifts and why no further round was measured. */
import { counted, milliseconds, percent, significant } from '../command-line/format.ts';
import type { SessionDrift } from '../statistics/session-drift.ts';
import type { Precision, PrecisionTarget, Stopped } from '../statistics/stopping-rule.ts';
import { type Comparison, significance, smallestEffect } from '../statistics/verdict.ts';
import type { NoiseFloor } from './records/certificate-records.ts';

/** Why an interval that excludes 1 is no difference yet: a sentence, or '' where there is nothing to explain. */
export function whyNoDifference({ interval, p }: Pick<Comparison, 'interval' | 'p'>): string {
  if (interval === null || (interval.low <= 1 && interval.high >= 1)) return '';
  return p < significance
    ? `The interval excludes 1, but a verdict asks for more: a difference above ${smallestEffect * 100} % and above the noise of this machine.`
    : `The interval excludes 1, but a verdict asks for more: a p-value below ${significance}, corrected for the number of comparisons, and here it is ${significant(p, 2)}.`;
}

export function noiseFloorText({ share, from, runs }: NoiseFloor): string {
  return `${(share * 100).toPrecision(2)} % (${howKnown(from, runs)})`;
}

function howKnown(from: NoiseFloor['from'], runs: number): string {
  switch (from) {
    case 'identical cells':
      return `A/A: identical cells, ${counted(runs, 'runs')} together`;
    case 'runs within cells':
      return `estimated, not measured as A/A: what two identical contenders are expected to differ by, from the spread of ${counted(runs, 'runs')}`;
    case 'alternate runs':
      return `every second run of a cell against those between, ${counted(runs, 'runs')}`;
    default:
      return from satisfies never;
  }
}

/** What it means for the figures. @param what fell or rose: `decode rates` */
export function driftText({ rounds, change, p }: SessionDrift, what: string): string {
  const direction = change < 0 ? 'fell' : 'rose';
  return `The machine drifted: over the ${counted(rounds, 'rounds')} of the session ${what} ${direction} by ${(Math.abs(change) * 100).toPrecision(2)} % (p = ${p.toPrecision(2)}). Contenders are compared within rounds, so no ratio is moved by it; the intervals of single rates are wider for it.`;
}

/** Why no further round was measured, in a sentence, with the option that mends it. */
export function stoppedText({ reason, rounds, elapsedMs, widest }: Stopped, { halfWidth }: PrecisionTarget): string {
  const spent = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in ${milliseconds(elapsedMs)}`;
  const widestText = widest === null ? '' : `: the widest interval is ${precisionText(widest)}`;
  switch (reason) {
    case 'narrow enough':
      return `Stopped after ${spent}${widestText}, within the ±${percent(halfWidth)} that were asked for.`;
    case 'out of time':
      return `Stopped after ${spent}${widestText}, not within ±${percent(halfWidth)}; another round would pass the limit of time. Raise it with --until-minutes N, or quieten the machine.`;
    case 'nothing completes':
      return `Stopped after ${spent}: no run completes, so no interval can become narrow.`;
    default:
      return reason satisfies never;
  }
}

/** `±1.9 % of llamacpp f16`. */
export function precisionText({ name, halfWidth }: Precision): string {
  return `${halfWidth === null ? 'not known yet' : `±${percent(halfWidth)}`} of ${name}`;
}
