import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  chunksOf,
  defaultTextFile,
  firstScored,
  readText,
  scoredPerChunk,
} from '../../../../scripts/workloads/perplexity/text.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

function fileWith(bytes: string | Uint8Array): string {
  const path = join(outputFolder(), 'text.txt');
  writeFileSync(path, bytes);
  return path;
}

describe('a text', () => {
  it('loses one line break at its end, and nothing else', async () => {
    expect((await readText(fileWith(' one\n\n'))).text).toBe(' one\n');
    expect((await readText(fileWith('one\r\n'))).text).toBe('one\r');
    expect((await readText(fileWith('\uFEFFone'))).text).toBe('\uFEFFone');
  });

  it('is known by the hash of the whole file', async () => {
    // printf 'abc\n' | sha256sum
    const { sha256 } = await readText(fileWith('abc\n'));
    expect(sha256).toBe('edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb');
  });

  it.each([
    ['an empty file', '', /is empty/],
    ['a file of zeros', Uint8Array.of(71, 71, 0, 1), /has a zero byte/],
    ['another encoding', Uint8Array.of(0x4d, 0xfc, 0x6c, 0x6c), /not in UTF-8/],
  ])('is refused when it is %s', async (_, bytes, message) => {
    await expect(readText(fileWith(bytes))).rejects.toThrow(message);
  });

  it('that is not there is one clear line', async () => {
    await expect(readText('/no/such/text')).rejects.toThrow(/reading the text .* there is no such file/);
  });

  it('comes with Tokenlap', async () => {
    expect((await readText(defaultTextFile)).text.length).toBeGreaterThan(20_000);
  });
});

describe('chunks of a text', () => {
  const ids = Array.from({ length: 23 }, (_, i) => i + 1);

  it('are as many whole ones as there are', () => {
    expect(chunksOf(ids, 8, null)).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [9, 10, 11, 12, 13, 14, 15, 16],
    ]);
  });

  it('begin with BOS where the tokenizer adds one, which takes the place of a token but for the first', () => {
    expect(chunksOf(ids, 8, 99)).toEqual([
      [99, 1, 2, 3, 4, 5, 6, 7],
      [99, 9, 10, 11, 12, 13, 14, 15],
      [99, 17, 18, 19, 20, 21, 22, 23],
    ]);
  });

  it('are no more than asked for', () => {
    expect(chunksOf(ids, 4, null, 3)).toHaveLength(3);
  });

  it('must be two at least', () => {
    expect(() => chunksOf(ids, 12, null)).toThrow('the text has 23 tokens, and two chunks of 12 are the fewest');
    expect(chunksOf(ids, 12, 99)).toHaveLength(2);
  });

  it('are scored behind their middle, as llama-perplexity says: n_ctx/2 to n_ctx - 2 predict the token after', () => {
    expect([firstScored(512), scoredPerChunk(512)]).toEqual([256, 255]);
    expect([firstScored(17), scoredPerChunk(17)]).toEqual([8, 8]);
  });
});
