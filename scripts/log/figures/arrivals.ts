/**
 * When tokens came, and whether that shows how fast they were made. An engine in a process of ours stamps each token when it
 * exists. From a server several may come at once: because it makes them so, because it or a proxy holds text back, or because the
 * client was late to look. Tokens that came together have one instant, and no time lies between them.
 */
import type { AnswerRecord, TokenRecord } from '../../workloads/questions/records.ts';

/** Instants on a connection that are nearer than this are one: the client's own stamps err by as much (docs/servers.md). */
export const connectionResolutionNs = 100_000;

/** Fewer instants say more of whoever held the text back than of the engine. */
const fewestArrivals = 5;
const mostTokensPerArrival = 16;

export interface Arrivals {
  /** m: distinct instants at which tokens came. */
  arrivals: number;
  /** k: tokens that came with the first of them. */
  firstArrivalTokens: number;
}

/** The instant at which each arrival begins. @param atNs ascending @param resolutionNs what is nearer to a beginning belongs to it */
export function arrivalInstants(atNs: readonly number[], resolutionNs: number): number[] {
  const instants: number[] = [];
  let beginNs = Number.NEGATIVE_INFINITY;
  for (const instant of atNs) {
    if (instant - beginNs <= resolutionNs) continue;
    beginNs = instant;
    instants.push(instant);
  }
  return instants;
}

export function arrivalsOf(atNs: readonly number[], resolutionNs: number): Arrivals {
  const instants = arrivalInstants(atNs, resolutionNs);
  const second = instants[1] ?? Number.POSITIVE_INFINITY;
  return { arrivals: instants.length, firstArrivalTokens: atNs.filter((instant) => instant < second).length };
}

/** Resolution of an answer's instants: 0 where the engine itself stamped its tokens. @param served what a server said of it */
export function resolutionNsOf({ served }: { served?: unknown }): number {
  return served === undefined ? 0 : connectionResolutionNs;
}

/** What a decode rate is made of. */
export interface DecodeSpan {
  /** n - k: those that came with the first arrival were made before it. */
  tokens: number;
  /** tn - t1. */
  durationNs: number;
}

/** An answer with the instants of its first and last token. */
export interface Stamped {
  arrivals?: number | undefined;
  firstArrivalTokens?: number | undefined;
  /** n */
  tokens: number;
  firstTokenNs?: number | null | undefined;
  lastTokenNs?: number | null | undefined;
}

/**
 * Null where the arrivals do not show how fast the tokens were made: with one token; with fewer than five distinct instants, or
 * fewer than one for every 16 tokens, unless each token has its own; with less time per token than the stamps can resolve.
 * @param stamped of logs without arrivals each token counts as one
 */
export function decodeSpan(stamped: Stamped, resolutionNs = 0): DecodeSpan | null {
  const { tokens: n, firstTokenNs, lastTokenNs, arrivals = n, firstArrivalTokens = 1 } = stamped;
  if (firstTokenNs == null || lastTokenNs == null || n < 2) return null;
  const [tokens, durationNs] = [n - firstArrivalTokens, lastTokenNs - firstTokenNs];
  const needed = Math.min(n, Math.max(fewestArrivals, n / mostTokensPerArrival));
  const isTold = arrivals >= needed && tokens >= 1 && durationNs > 0 && durationNs >= tokens * resolutionNs;
  return isTold ? { tokens, durationNs } : null;
}

type Begun = Pick<AnswerRecord, 'firstTokenNs' | 'served'>;
type Instant = Pick<TokenRecord, 'atNs'>;

/** Gaps between the arrivals of an answer's tokens, from t1 on: between single tokens where each has an instant of its own. */
export function arrivalGapsNs(answer: Begun, tokens: readonly Instant[]): number[] {
  return gapsBetween(arrivalInstants(instantsFrom(answer, tokens), resolutionNsOf(answer)));
}

/** Gaps between an answer's tokens, from t1 on, 0 within an arrival. */
export function tokenGapsNs(answer: Begun, tokens: readonly Instant[]): number[] {
  return gapsBetween(instantsFrom(answer, tokens));
}

/** So that the gaps add up to tn - t1: a log may have t1 at the first token that is not empty. */
function instantsFrom({ firstTokenNs = 0 }: Begun, tokens: readonly Instant[]): number[] {
  return tokens.map(({ atNs }) => atNs).filter((atNs) => atNs >= firstTokenNs);
}

function gapsBetween(instants: readonly number[]): number[] {
  return instants.slice(1).map((atNs, i) => atNs - (instants[i] ?? atNs));
}
