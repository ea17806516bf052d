import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../../../scripts/command-line/files/text-file.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

describe('a text file from outside', () => {
  it.each([
    { content: 'plain', text: 'plain' },
    { content: '\ufeffmarked', text: 'marked' },
    { content: '', text: '' },
  ])('is read as $text', ({ content, text }) => {
    const path = join(outputFolder(), 'a.txt');
    writeFileSync(path, content);
    expect(readText(path, 'reading', 100)).toBe(text);
  });

  it('is refused where it is too large, no UTF-8, a folder or not there', () => {
    const folder = outputFolder();
    const path = join(folder, 'a.txt');
    expect(() => readText(path, 'reading', 100)).toThrow(/reading .*a\.txt failed: there is no such file/);
    writeFileSync(path, Buffer.from([0xff, 0x41]));
    expect(() => readText(path, 'reading', 100)).toThrow(/is not in UTF-8/);
    truncateSync(path, 101);
    expect(() => readText(path, 'reading', 100)).toThrow(/has 101 B, and of such a file up to 100 B are read/);
    mkdirSync(join(folder, 'b'));
    expect(() => readText(join(folder, 'b'), 'reading', 100)).toThrow(/folder/);
  });
});

describe('JSON from outside', () => {
  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

  it('is parsed as deep as the limit, whatever stands in its texts', () => {
    expect(() => parseJson(nested(jsonLimits.depth))).not.toThrow();
    expect(parseJson(JSON.stringify({ a: '[[\\"[['.repeat(1000), b: [1, 2] }))).toEqual({
      a: '[[\\"[['.repeat(1000),
      b: [1, 2],
    });
  });

  it.each([
    { what: 'too deep', text: nested(jsonLimits.depth + 2), says: /nested deeper than 128 levels/ },
    { what: 'too many', text: `[${'1,'.repeat(jsonLimits.values)}1]`, says: /more than 4194304 values/ },
    { what: 'no JSON', text: '{"a":', says: /JSON/ },
    { what: 'a text without end', text: `["${'\\'.repeat(9)}`, says: /JSON|string/ },
  ])('that is $what is refused', ({ text, says }) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(() => parseJson(text)).toThrow(says);
  });
});
