import { expect, it } from 'vitest';
import { tokensOfTexts } from '../../../scripts/engine/answer-text.ts';
import type { HostGeneration } from '../../../scripts/frameworks/messages.ts';

/** Two letters a token; the id is the first letter's code. */
const tokenizer = {
  tokenize: async (text: string) => (text.match(/..?/g) ?? []).map((pair) => pair.charCodeAt(0)),
  detokenize: async (ids: readonly number[]) => ids.map((id) => String.fromCharCode(id, id + 1)),
};

function came(texts: string[], served: Partial<NonNullable<HostGeneration['served']>> = {}): HostGeneration {
  return {
    submitNs: 0,
    promptEvaluatedNs: null,
    ids: [],
    atNs: texts.map((_, i) => 100 * (i + 1)),
    texts,
    served: { asked: 'ids', promptTokens: null, tokens: null, ids: null, ...served },
    cachedPromptTokens: 0,
    stop: 'length',
  };
}

const [a, c, e] = [97, 99, 101];

it.each([
  { name: 'one token a piece', generation: came(['ab', 'cd', 'ef']), ids: [a, c, e], atNs: [100, 200, 300] },
  { name: 'all in one piece', generation: came(['abcdef']), ids: [a, c, e], atNs: [100, 100, 100] },
  {
    name: 'a token in two pieces is there with its last letter',
    generation: came(['abc', 'd', 'ef']),
    ids: [a, c, e],
    atNs: [100, 200, 300],
  },
  { name: 'as many as the server counts', generation: came(['abcd'], { tokens: 2 }), ids: [a, c], atNs: [100, 100] },
  { name: 'no text', generation: came([]), ids: [], atNs: [] },
])('$name: the tokens are found by their text', async ({ generation, ids, atNs }) => {
  expect(await tokensOfTexts(generation, tokenizer)).toMatchObject({ ids, atNs });
});

it('a count of one more is the token that ended the answer, unless it was cut', async () => {
  const generation = came(['abcd'], { tokens: 3 });
  expect((await tokensOfTexts({ ...generation, stop: 'end' }, tokenizer)).ids).toEqual([a, c]);
  expect((await tokensOfTexts(generation, tokenizer)).ids).toEqual([-1, -1, -1]);
});

it('the ids that a server tells are taken, also where our tokenizer would cut otherwise', async () => {
  const generation = came(['ab', 'cd'], { tokens: 2, ids: [c, a] });
  expect(await tokensOfTexts(generation, tokenizer)).toMatchObject({ ids: [c, a], pieces: ['cd', 'ab'] });
});

it('where the server counts others than we find, its count is taken and the tokens have no names', async () => {
  const five = await tokensOfTexts(came(['abc', 'd', 'e', 'f', 'g'], { tokens: 5 }), tokenizer);
  expect(five).toMatchObject({ ids: [-1, -1, -1, -1, -1], pieces: ['abc', 'd', 'e', 'f', 'g'] });
  expect(five.atNs).toEqual([100, 200, 300, 400, 500]);
  const six = await tokensOfTexts(came(['abcd', 'efgh'], { tokens: 6 }), tokenizer);
  expect(six.pieces.join('')).toBe('abcdefgh');
  expect(six.atNs).toEqual([100, 100, 100, 200, 200, 200]);
});

it('a token without text of its own is there with the next one that has some', async () => {
  const broken = { ...tokenizer, detokenize: async () => ['', '', '東'] };
  const { atNs } = await tokensOfTexts(came(['東'], { ids: [1, 2, 3] }), broken);
  expect(atNs).toEqual([100, 100, 100]);
  const late = { ...tokenizer, detokenize: async () => ['ab', '', '東'] };
  expect((await tokensOfTexts(came(['ab', '東'], { ids: [1, 2, 3] }), late)).atNs).toEqual([100, 200, 200]);
});
