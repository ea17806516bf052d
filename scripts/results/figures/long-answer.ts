/** What speed means for whoever waits: an answer of a length that everybody can imagine. */

/** Some 220 English words. */
export const longAnswerTokens = 300;

/** Time of an answer, in the unit of the arguments: the first token takes the TTFT, each later one the TPOT. */
export function answerTime(ttft: number, tpot: number, tokens = longAnswerTokens): number {
  return ttft + (tokens - 1) * tpot;
}
