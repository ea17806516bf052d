/** A request that a client of a server timed, as the figures of `collate/definitions/` take it. */
import { arrivalInstants, connectionResolutionNs } from '../../scripts/log/figures/arrivals.ts';
import type { TimedAnswer } from '../../scripts/results/figures/metrics.ts';
import type { OurFigure } from '../definitions/our-figures.ts';

/** A client sees neither. */
export const unknownPrefill: Partial<Record<OurFigure['name'], string>> = {
  prefill_tokens_per_s:
    'it tells neither when the prompt had been evaluated, nor how many of its tokens came from a cache',
};

interface ClientRequest {
  /** The request is sent: instants are nanoseconds on one clock, whichever. */
  startNs: number;
  /** Instants of the pieces that came: the first, the last, and those between as far as the file has them. */
  chunksNs: readonly number[];
  /** How many pieces came, where the file has not the instants of all. */
  chunks?: number;
  tokens: number;
  promptTokens: number;
}

/** An answer and its request; pieces that the client could not tell apart count as one arrival. */
export function answerOf({ startNs, chunksNs, chunks, tokens, promptTokens }: ClientRequest) {
  const [firstTokenNs = startNs] = chunksNs;
  const answer: TimedAnswer = {
    ...{ startNs, submitNs: startNs, firstTokenNs, lastTokenNs: chunksNs.at(-1) ?? firstTokenNs },
    ...{ tokens, promptTokens, cachedPromptTokens: 0, firstArrivalTokens: 1 },
    arrivals: chunks ?? arrivalInstants(chunksNs, connectionResolutionNs).length,
    served: { chunks: chunks ?? chunksNs.length, promptTokens, tokens },
  };
  return { answer, request: { chunksNs } };
}

/** Instants of pieces in nanoseconds, from the start of the request. @param seconds to the first piece, then from each to the next */
export function piecesNs(firstSeconds: number, seconds: readonly number[]): number[] {
  const instants = [firstSeconds * 1e9];
  let atNs = firstSeconds * 1e9;
  for (const gap of seconds) {
    atNs += gap * 1e9;
    instants.push(atNs);
  }
  return instants;
}
