import { expect, it } from 'vitest';
import { commentMarker, githubComment, longestComment } from '../../../collate/exports/comment/github-comment.ts';
import { printable } from '../../../scripts/command-line/printable-text.ts';
import { hostileTexts } from '../../fakes/hostile-text.ts';
import { gateReport, gateRow, regressed } from './gate-reports.ts';

/** What a reader sees of a text in HTML. */
function shown(html: string): string {
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return html.replaceAll(/&(?:(amp|lt|gt|quot|nbsp)|#(\d+));/g, (_, name: string | undefined, code: string) =>
    name === undefined ? String.fromCodePoint(Number(code)) : (signs[name] ?? ''),
  );
}

const tagsOf = (html: string) => [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);

it('says the verdict in the first line, then the rows that need a reader', () => {
  const rows = [
    gateRow({ cell: 'calm' }),
    gateRow({ cell: 'suspected', verdict: 'candidate', runsNeeded: 12 }),
    regressed({ cell: 'slower' }),
    gateRow({ cell: 'few', verdict: 'insufficient', runsNeeded: 83 }),
  ];
  const comment = githubComment(gateReport(rows, { sentence: 'Decode is slower by 7 % in 1 of 4 cells.' }));
  expect(comment.split('\n')[0]).toBe('<p><strong>Decode is slower by 7 % in 1 of 4 cells.</strong></p>');
  const cells = [...comment.matchAll(/<td><code>(.*?)<\/code><\/td>/g)].map(([, cell]) => cell);
  expect(cells).toEqual(['slower', 'suspected', 'few', 'calm']);
  expect(comment).toContain('98.2 tokens/s → 91.4 tokens/s');
  expect(comment).toContain('0.930&nbsp;[0.921,&nbsp;0.939]');
  expect(comment).toContain('too few runs, 83 runs a side are needed');
  expect(comment).toContain('candidate, not confirmed, 12 runs a side are needed');
  expect(comment).toContain('The smallest change that could have been found: 2.1 %.');
  expect(comment).toContain('on <code>runner-7</code>');
  expect(comment).toContain('A change counts from 3.0 % on, or from the noise of the host, where that is more.');
  expect(comment).toContain('false alarm in the whole comparison is at most 1.0 %');
  expect(comment.trimEnd().endsWith(`\n${commentMarker}`)).toBe(true);
});

it('shows ten rows and folds the others away', () => {
  const rows = Array.from({ length: 14 }, (_, i) => gateRow({ cell: `cell ${i}` }));
  const [open = '', folded = ''] = githubComment(gateReport(rows)).split('The other 4 rows');
  const rowsIn = (html: string) => [...html.matchAll(/<tr><td>\d+<\/td>/g)].length;
  expect([rowsIn(open), rowsIn(folded)]).toEqual([10, 4]);
});

it('names the command of every row, and each one once', () => {
  const rows = [gateRow({ command: 'one' }), gateRow({ command: 'two' }), gateRow({ command: 'one' })];
  const comment = githubComment(gateReport(rows));
  expect(comment).toContain('<p>rows 1, 3</p>\n<pre><code>one</code></pre>');
  expect(comment).toContain('<p>row 2</p>\n<pre><code>two</code></pre>');
});

it('says what else differs, with the rows', () => {
  const rows = [gateRow({ changed: ['driver 550.1 → 555.2'] }), gateRow({ changed: ['driver 550.1 → 555.2', 'x'] })];
  expect(githubComment(gateReport(rows))).toContain('<li><code>driver 550.1 → 555.2</code> (rows 1, 2)</li>');
});

const moreHostile = [
  'x`y``z',
  'a|b\\|c',
  '</code></td></tr></table>\n\n# heading',
  '@octocat/team please',
  'see #12, GH-12, owner/repo#3 and http://example.invalid/x or www.example.invalid',
  '![x](http://example.invalid/y.png) [z](javascript:0)',
  `\n\n${commentMarker}\n`,
  ':rocket: &lt;b&gt; &#64;octocat',
  '-->',
];

it.each([...hostileTexts, ...moreHostile])('takes %j for a name and never for markup', (name) => {
  const hostileRow = { cell: name, title: name, unit: name, changed: [name], command: name };
  const report = (row: object, rest: object) => gateReport([gateRow(row), regressed(row)], rest);
  const plainRow = { cell: 'a', title: 'a', unit: 'a', changed: ['a'], command: 'a' };
  const names = (text: string) => ({
    sentence: text,
    base: text,
    head: text,
    host: text,
    floor: { share: 0.03, words: text },
  });
  const hostile = githubComment(report(hostileRow, names(name)));
  const plain = githubComment(report(plainRow, names('a')));
  // The same elements in the same order, and the same empty lines, which are where Markdown would begin.
  expect(tagsOf(hostile)).toEqual(tagsOf(plain));
  expect(hostile.split('\n\n').length).toBe(plain.split('\n\n').length);
  // Every block begins with an element that keeps Markdown out until the next empty line.
  for (const block of hostile.trimEnd().split('\n\n')) expect(block).toMatch(/^<(?:p|table|ul|details|!--)/);
  // Outside of <code>, nothing that GitHub makes a link of is in one piece.
  const text = hostile.replaceAll(/<(code)>.*?<\/code>/gs, '').replaceAll(/<[^>]*>/g, ' ');
  expect(shown(text)).not.toMatch(/@\w|#\d|:\/\/|www\.|GH-\d|:[\w+-]+:/);
  // And it is there, as it was.
  const folded = printable(name.replaceAll(/\s+/g, ' ').trim());
  expect(shown(hostile)).toContain(folded.slice(0, 300));
  expect(hostile.split(commentMarker).length).toBe(2);
});

it('keeps a command with a line break whole, without an empty line', () => {
  const command = "printf 'a\n\n# b'";
  const comment = githubComment(gateReport([gateRow({ command })]));
  expect(shown(comment)).toContain(command);
  expect(comment).not.toContain('# b\n');
  expect(comment).toContain('a&#10;&#10;# b');
});

it('says what it left out where a comment has no room', () => {
  const rows = Array.from({ length: 2000 }, (_, i) => gateRow({ cell: `cell ${i}`, command: `run --cell ${i}` }));
  const comment = githubComment(gateReport(rows));
  expect(comment.length).toBeLessThanOrEqual(longestComment);
  expect(comment.length).toBeGreaterThan(longestComment - 2000);
  const shownRows = [...comment.matchAll(/<tr><td>\d+<\/td>/g)].length;
  expect(comment).toContain(`${2000 - shownRows} of 1990 rows of this table`);
  expect(comment).toMatch(/Left out, .*: 19\d\d of 1990 commands\./);
  expect(comment.trimEnd().endsWith(commentMarker)).toBe(true);
});

it('stays within the limit when every name is as long as a log takes it', () => {
  const long = '&'.repeat(65_536);
  const rows = Array.from({ length: 30 }, () =>
    gateRow({ cell: long, title: long, unit: long, changed: [long], command: long }),
  );
  const names = { sentence: long, base: long, head: long, host: long, floor: { share: 0.03, words: long } };
  const comment = githubComment(gateReport(rows, names));
  expect(comment.length).toBeLessThanOrEqual(longestComment);
  expect(comment).toContain('Left out');
  expect(comment.trimEnd().endsWith(commentMarker)).toBe(true);
});
