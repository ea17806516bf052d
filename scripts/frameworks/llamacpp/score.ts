/** Teacher-forced logits of llama.cpp, written row by row. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Scored, ScoreRequest } from '../framework.ts';
import type { Native } from './addon.ts';
import type { DecodeLoop } from './decode-loop.ts';

export async function score(native: Native, loop: DecodeLoop, request: ScoreRequest): Promise<Scored> {
  const sampler = native.createSampler();
  sampler.applyConfig({ temperature: 0, seed: 0 });
  const file = createWriteStream(request.path);
  const written = finished(file);
  // Awaited below; a full disk must not end the process before that.
  written.catch(() => {});
  const ask = (index: number | undefined) => {
    if (index === undefined) return undefined;
    const asked = native.context.sampleToken(index, sampler, false, false, true);
    asked.catch(() => {});
    return asked;
  };
  let rows = 0;
  let columns = 0;
  try {
    await loop.evaluate(Uint32Array.from(request.tokens), request.from - 1, async (indexes) => {
      // The addon sorts the next row on its thread while this one is put in order and written.
      let next = ask(indexes[0]);
      try {
        for (let i = 1; next !== undefined; i++) {
          const [, , , logits] = await next;
          next = ask(indexes[i]);
          if (logits === undefined) throw new Error('llama.cpp showed no logits');
          columns = logits.length / 2;
          rows++;
          if (!file.write(inOrder(logits))) await once(file, 'drain');
        }
      } finally {
        // The sampler must not go while the addon works with it.
        await next?.catch(() => {});
      }
    });
  } finally {
    sampler.dispose();
    file.end();
  }
  await written;
  return { rows, columns };
}

/** Pairs of token id and logit, in any order, to float32 by id. */
function inOrder(pairs: readonly number[]): Uint8Array {
  const row = new Float32Array(pairs.length / 2);
  for (let i = 0; i < pairs.length; i += 2) row[pairs[i] ?? 0] = pairs[i + 1] ?? Number.NaN;
  return new Uint8Array(row.buffer);
}
