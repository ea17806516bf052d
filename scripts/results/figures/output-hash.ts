/** One hash for all that a run said: equal outputs, equal hash, whatever the order in which questions were asked. */
import { createHash } from 'node:crypto';

export interface Output {
  questionId: string;
  round: number;
  /** Generated token ids. */
  ids: readonly number[];
}

/**
 * sha256 over the answers in order of question id and round: each one's ids as little-endian int32, closed by -1 so that
 * two answers cannot be mistaken for one. What a later round says again does not count again, so that runs of more rounds have the
 * hash of those of fewer. Null for no answers.
 */
export function outputSha256(outputs: readonly Output[]): string | null {
  if (outputs.length === 0) return null;
  const hash = createHash('sha256');
  const ordered = outputs.toSorted((a, b) => compareText(a.questionId, b.questionId) || a.round - b.round);
  const said = new Set<string>();
  for (const { questionId, ids } of ordered) {
    const answer = JSON.stringify([questionId, ids]);
    if (said.has(answer)) continue;
    said.add(answer);
    const bytes = Buffer.alloc((ids.length + 1) * 4);
    ids.forEach((id, i) => {
      bytes.writeInt32LE(id | 0, i * 4);
    });
    bytes.writeInt32LE(-1, ids.length * 4);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
