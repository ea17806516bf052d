/**
 * When a ramp ends. Its stages have 1, 2, 4, ... clients. A stage is saturated when it gives less than 5 % more tokens per second
 * than the best one before it, or when more than 1 % of its requests fail. The ramp ends with the first saturated stage; the
 * one before it is the most that the server can be asked for with profit.
 */
import type { StageFigures } from './load-metrics.ts';

const leastGain = 0.05;
const mostFailed = 0.01;

export function isSaturated(stage: StageFigures, before: readonly StageFigures[]): boolean {
  const failed = Object.values(stage.failures).reduce((sum, count) => sum + count, 0);
  if (failed > mostFailed * stage.sent) return true;
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
