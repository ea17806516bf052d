/** Logits of the scored tokens of one chunk, whichever engine they come from. */
import { UserError } from '../../command-line/errors.ts';
import type { RunContext } from '../../run/run-plan.ts';
import type { ReferenceFolder } from '../reference/reference-folder.ts';
import { visitRows } from './scored-rows.ts';

/**
 * @param first index of the first token that is scored
 * @param visit gets the logits before a token, and the token
 * @throws UserError when the engine shows no logits, or there is no room for them
 */
export async function rowsOfChunk(
  { engine, showsLogits, plan }: RunContext,
  folder: ReferenceFolder,
  tokens: readonly number[],
  first: number,
  visit: (row: Float32Array, token: number, index: number) => void,
): Promise<void> {
  if (!showsLogits) {
    throw new UserError(`${plan.framework.title} shows no logits: there is no KL divergence of it`, {
      remedy: 'Leave it out of --frameworks, or add --no-reference.',
    });
  }
  const path = folder.file('chunk');
  const scored = await engine.score({ tokens, from: first, path });
  const wanted = tokens.length - first;
  if (scored.rows < wanted) throw new RangeError(`${scored.rows} rows of logits came for ${wanted} tokens`);
  await visitRows(path, scored, wanted, (row, index) => visit(row, tokens[first + index] ?? -1, index));
}
