/**
 * When a ramp ends. Its stages have 1, 2, 4, ... clients. A stage is saturated when it gives less than 5 % more tokens per second
 * than the best one before it, or when more than 1 % of its requests fail. The ramp ends with the first saturated stage; the
 * one before it is the most that the server can be asked for with profit.
 */
import { significant } from '../../command-line/format.ts';
import { failedRequests, type StageFigures } from './load-metrics.ts';

const leastGain = 0.05;
const mostFailed = 0.01;

export function isSaturated(stage: StageFigures, before: readonly StageFigures[]): boolean {
  if (failedRequests(stage) > mostFailed * stage.sent) return true;
  if (before.length === 0) return false;
  const best = Math.max(...before.map(({ tokensPerSecond }) => tokensPerSecond));
  return stage.tokensPerSecond < best * (1 + leastGain);
}

/** 1, 2, 4, ..., and at last the most itself. */
export function rampClients(most: number): number[] {
  const clients: number[] = [];
  for (let count = 1; count < most; count *= 2) clients.push(count);
  return [...clients, most];
}

const growingDrift = 1.5;
const leastAnswered = 0.5;

/**
 * Whether more requests came than were answered, so that each waited longer than the one before. Answers later than the last
 * arrival lower the rate of a short test too; only half of it says something by itself.
 */
export function queueGrew(
  perSecond: number,
  { e2eDrift, requestsPerSecond }: Pick<StageFigures, 'e2eDrift' | 'requestsPerSecond'>,
): boolean {
  return (e2eDrift ?? 1) >= growingDrift || requestsPerSecond <= leastAnswered * perSecond;
}

export interface RampPoint {
  clients: number;
  tokensPerSecond: number;
  saturated: boolean;
  /** Share of the requests that failed. */
  failed: number;
}

/** Where a ramp ended, in words. @param points in order, at least one */
export function saturationSentence(points: readonly RampPoint[]): string {
  const [last, before] = [points.at(-1), points.at(-2)];
  if (last === undefined) return 'Nothing was measured.';
  const rate = (point: RampPoint) => `${significant(point.tokensPerSecond)} tokens/s`;
  if (!last.saturated) {
    return `Not saturated: ${last.clients} at a time get ${rate(last)}, and more clients may get more.`;
  }
  if (last.failed > mostFailed) {
    const share = `${significant(last.failed * 100, 2)} % of the requests fail`;
    return before === undefined
      ? `Even one at a time, ${share}.`
      : `With ${last.clients} at a time ${share}: ${before.clients} is the most it bears, with ${rate(before)}.`;
  }
  if (before === undefined) return `Saturated at once: ${rate(last)}.`;
  return `Saturated with ${before.clients} at a time and ${rate(before)}: ${last.clients} at a time get ${rate(last)}, not 5 % more.`;
}
