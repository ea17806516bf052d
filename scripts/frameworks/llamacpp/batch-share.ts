/** How the answers that are being given share one batch. */

/**
 * Every answer gets on by at least one token in each batch, so none waits for another's long prompt; the room that is left
 * goes to the prompts, first come, first served.
 * @param waiting tokens that each answer has to evaluate, at least one, in the order in which they came
 * @param batchTokens at least one for each answer
 * @returns how many of them are in this batch
 */
export function shareBatch(waiting: readonly number[], batchTokens: number): number[] {
  let room = batchTokens - waiting.length;
  return waiting.map((tokens) => {
    const more = Math.min(tokens - 1, Math.max(0, room));
    room -= more;
    return 1 + more;
  });
}
