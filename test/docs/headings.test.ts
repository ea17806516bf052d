/** Every page says something under each of its headings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Heading {
  line: number;
  depth: number;
}

/** Headings with nothing before the next one that is no deeper, code blocks left out. */
function emptyHeadings(page: string): number[] {
  const lines = page.split('\n');
  let open: Heading | null = null;
  let isCode = false;
  const empty: number[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('```')) isCode = !isCode;
    const depth = isCode ? 0 : (/^(#{1,6}) /.exec(line)?.[1]?.length ?? 0);
    if (depth > 0) {
      if (open !== null && depth <= open.depth) empty.push(open.line);
      open = { line: i + 1, depth };
    } else if (line.trim() !== '') open = null;
  }
  if (open !== null) empty.push(open.line);
  return empty;
}

it('finds a heading without a word, at the end of a page too', () => {
  expect(emptyHeadings('# A\n\n## B\n\ntext\n\n## C\n\n## D\n\n```\n# no heading\n```\n\n## E\n')).toEqual([7, 15]);
});

it.each(pages)('%s has no empty heading', (page) => {
  expect(emptyHeadings(readFileSync(join(root, page), 'utf8'))).toEqual([]);
});
