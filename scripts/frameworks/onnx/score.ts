/** Teacher-forced logits, written row by row. */
import { open } from 'node:fs/promises';
import type { Scored, ScoreRequest } from '../framework.ts';
import type { GraphRunner } from './graph-runner.ts';

/** @param vocabulary logits of a row */
export async function score(runner: GraphRunner, vocabulary: number, request: ScoreRequest): Promise<Scored> {
  runner.begin(request.tokens.length);
  await using file = await open(request.path, 'w');
  await runner.eachLogits(Int32Array.from(request.tokens), request.from - 1, async (logits) => {
    await file.writeFile(new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength));
  });
  return { rows: request.tokens.length - request.from + 1, columns: vocabulary };
}
