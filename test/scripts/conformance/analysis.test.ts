import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../scripts/conformance/analysis.ts';
import { analysisMarkdown } from '../../../scripts/conformance/report/markdown.ts';
import { analysisText } from '../../../scripts/conformance/report/text.ts';
import { treeOf } from '../../fakes/changed-tree.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';

const passage = Array.from({ length: 7 }, (_, i) => `  total += weights[${i}] * ${i};`).join('\n');
const summing = (name: string) =>
  `export function ${name}(weights: number[]): number {\n  let total = 0;\n${passage}\n  return total;\n}\n`;

describe('an analysis', () => {
  const analysis = analyse(
    treeOf({
      'scripts/statistics/first.ts': `/** One. */\nimport { second } from './second.ts';\n\n${summing('first')}\nexport const words = ['a', 'b', 'c', 'd'];\n`,
      'scripts/statistics/second.ts': `${summing('second')}\nconst chosen = ['d', 'c', 'b', 'a'];\nvoid chosen;\n`,
    }),
    { exceptions: [] },
  );

  it('finds passages that stand twice, as long as they are equal', () => {
    expect(analysis.duplicates).toEqual([
      {
        lines: 9,
        places: [
          { file: 'scripts/statistics/first.ts', line: 5 },
          { file: 'scripts/statistics/second.ts', line: 2 },
        ],
        text: 'let total = 0;',
      },
    ]);
  });

  it('finds lists of the same words in another order', () => {
    expect(analysis.equalLists).toMatchObject([{ lines: 4, text: 'a, b, c, d', places: [{ line: 16 }, { line: 13 }] }]);
  });

  it('counts who imports whom, and the longest function', () => {
    const rows = analysis.modules.map(({ file, imports, importedBy, longestFunction }) => ({
      file,
      imports,
      importedBy,
      longestFunction,
    }));
    expect(rows).toEqual([
      {
        file: 'scripts/statistics/first.ts',
        imports: 1,
        importedBy: 0,
        longestFunction: { name: 'first', line: 4, lines: 11 },
      },
      {
        file: 'scripts/statistics/second.ts',
        imports: 0,
        importedBy: 1,
        longestFunction: { name: 'second', line: 1, lines: 11 },
      },
    ]);
  });

  it('says that there is nothing to mend', () => {
    expect(analysisText(analysis, 10)).toMatch(
      /No finding in 2 files with \d+ lines, by \d+ rules; 0 places excused\.$/,
    );
  });
});

it('what the code has is data in a report: it makes no table of Markdown', () => {
  const analysis = analyse(
    treeOf({
      'scripts/log/a.ts': "console.log('x');\nexport const a = ['p|q', '<b>', 'r', 's'];\n",
      'scripts/log/b.ts': "export const b = ['p|q', '<b>', 'r', 's'];\n",
    }),
    { exceptions: [] },
  );
  const page = analysisMarkdown(analysis, 10);
  expect(page).toContain('| scripts/log/a.ts:1 | console-output |');
  expect(page).toContain('&lt;b&gt;, p\\|q, r, s');
});

it('a folder with a fault ends the command with exit code 1, and its JSON says where', async () => {
  const folder = outputFolder();
  for (const each of ['scripts/log', 'collate', 'plots', 'configs']) mkdirSync(join(folder, each), { recursive: true });
  writeFileSync(join(folder, 'configs/defaults.json'), '{}');
  writeFileSync(join(folder, 'scripts/log/clock.ts'), 'export const startMs = 1;\nexport const endMs = Date.now();\n');
  const { code, stdout } = await script('scripts/analyze-benchmarks.ts', [folder, '--json']);
  const { findings } = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(findings).toContainEqual({
    rule: 'wall-clock',
    file: 'scripts/log/clock.ts',
    line: 2,
    message: 'Date.now() is the wall clock',
  });
});

it('a folder without code is told in a line', async () => {
  const { code, stderr } = await scriptHere('scripts/analyze-benchmarks.ts', ['/nowhere']);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/^error: .*\/nowhere/);
});
