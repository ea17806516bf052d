import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareAnswers, endOfSequence } from '../../../../scripts/workloads/parity/compare-answers.ts';
import { type LogitRows, openLogitRows } from '../../../../scripts/workloads/reference/reference-folder.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

function rows(...logits: number[][]): LogitRows {
  return {
    columns: logits[0]?.length ?? 0,
    read: async (row) => Float32Array.from(logits[row] ?? []),
    [Symbol.asyncDispose]: async () => {},
  };
}

const end = endOfSequence;

describe('an answer held against the reference', () => {
  it.each([
    { reference: [5, 6, end], tokens: [5, 6, end], equal: 3, divergence: null },
    { reference: [5, 6, 7], tokens: [5, 6, 7], equal: 3, divergence: null },
    { reference: [5, 6, 7], tokens: [5, 9, 7], equal: 1, divergence: [1, 6, 9] },
    { reference: [5, 6, end], tokens: [5, end], equal: 1, divergence: [1, 6, end] },
    { reference: [5, end], tokens: [5, 6, end], equal: 1, divergence: [1, end, 6] },
    { reference: [5, 6], tokens: [5], equal: 1, divergence: [1, 6, end] },
    { reference: [end], tokens: [5, end], equal: 0, divergence: [0, end, 5] },
  ])('$tokens against $reference: $equal equal, then $divergence', async ({ reference, tokens, equal, divergence }) => {
    const logits = rows(...reference.map(() => [0, 1]));
    const figures = await compareAnswers({ tokens: reference, logits }, { tokens, logits });
    expect(figures).toMatchObject({ referenceTokens: reference.length, tokens: tokens.length, equalTokens: equal });
    const { position, referenceToken, token } = figures.divergence ?? {};
    expect(figures.divergence === null ? null : [position, referenceToken, token]).toEqual(divergence);
  });

  it("takes the gaps at the first divergence, and counts over every token of the reference's answer", async () => {
    const ln3 = Math.log(3);
    const reference = rows([4, 0], [3, 2.5], [0, 0]);
    const candidate = rows([4, 0], [2, 3], [ln3, 0]);
    const figures = await compareAnswers(
      { tokens: [0, 0, end], logits: reference },
      { tokens: [0, 1, 1], logits: candidate },
    );
    expect(figures.divergence).toMatchObject({ position: 1, referenceGap: 0.5, gap: 1 });
    expect(figures).toMatchObject({ positions: 3, top1Agreed: 2 });
    // (0.62246, 0.37754) against (0.26894, 0.73106), and (1/2, 1/2) against (3/4, 1/4); the first row is equal.
    const [second, third] = [0.62246 * Math.log(0.62246 / 0.26894) + 0.37754 * Math.log(0.37754 / 0.73106), 0.143841];
    expect(figures.klMax).toBeCloseTo(second, 4);
    expect(figures.klMean).toBeCloseTo((second + third) / 3, 4);
  });

  it('without logits is compared by its tokens alone', async () => {
    const figures = await compareAnswers(
      { tokens: [1, 2], logits: rows([0, 1], [0, 3]) },
      { tokens: [1, 5], logits: null },
    );
    expect(figures).toMatchObject({ positions: 0, top1Agreed: 0, klMean: null, klMax: null });
    expect(figures.divergence).toEqual({ position: 1, referenceToken: 2, token: 5, referenceGap: 3, gap: null });
  });

  it('with logits that are no numbers is no answer', async () => {
    const broken = rows([0, Number.NaN]);
    await expect(
      compareAnswers({ tokens: [1], logits: rows([0, 1]) }, { tokens: [1], logits: broken }),
    ).rejects.toThrow(/logits at token 0 of the answer are not finite/);
  });
});

describe('a file of logits', () => {
  it('is read row by row', async () => {
    const path = join(outputFolder(), 'rows.f32');
    writeFileSync(path, Float32Array.of(1, 2, 3, 4, 5, 6));
    await using file = await openLogitRows(path, { rows: 3, columns: 2 });
    expect([...(await file.read(2)), ...(await file.read(0))]).toEqual([5, 6, 1, 2]);
  });

  it('that was cut short is refused', async () => {
    const path = join(outputFolder(), 'rows.f32');
    writeFileSync(path, Float32Array.of(1, 2, 3));
    await expect(openLogitRows(path, { rows: 2, columns: 2 })).rejects.toThrow(/2 rows of 2 logits .* 12 bytes/);
  });
});
