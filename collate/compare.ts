/**
 * Compares two sides of measurements, cell by cell: what got slower, what got faster, by how much and how sure that is, and what
 * else changed between them. A side is a folder of results, or runs of one folder by tag, commit, session, sweep, date or column.
 *
 * Reads   runs.csv of the folders, or their stores
 * Writes  tables to the terminal, or JSON; Markdown and a chart where they are asked for
 *
 *     npx tsx collate/compare.ts results/before results/after
 *     npx tsx collate/compare.ts before after --output results --chart comparison.svg
 */
import { exitCodes, fileError, usageError } from '../scripts/command-line/errors.ts';
import { writeWhole } from '../scripts/command-line/files/folders.ts';
import { commaList, withSuggestion } from '../scripts/command-line/options.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson, say } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { isPrimary, type Measure, measureColumns } from './analysis/measures.ts';
import { drawChart } from './comparing/chart-process.ts';
import { compareSides } from './comparing/compare-sides.ts';
import { type Condition, conditionOf } from './comparing/filter.ts';
import { comparisonMarkdown } from './comparing/markdown.ts';
import { sourceOf } from './comparing/source.ts';
import { comparisonText } from './comparing/text.ts';

function commandLine() {
  return program(
    'collate/compare.ts',
    'Compares two sides of measurements: what changed, how sure that is, and what else changed.',
    [
      ['npx tsx collate/compare.ts results/before results/after', 'two folders'],
      ['npx tsx collate/compare.ts before after --output results', 'runs of one folder, by --tag'],
      ['npx tsx collate/compare.ts HEAD~1 HEAD', 'by the commit that measured'],
      ["npx tsx collate/compare.ts 'results?device=cpu' 'results?device=cuda'", 'by a column of runs.csv'],
      ['npx tsx collate/compare.ts before.duckdb results/tokenlap.duckdb', 'two stores'],
      ['npx tsx collate/compare.ts 2026-11-01..2026-11-07 2026-11-08.. --metric all', 'by date, and every figure'],
    ],
  )
    .argument(
      '<A>',
      'a folder or a store, with ?column=value&... behind it; or a tag, commit, session, sweep or date in --output',
    )
    .argument('<B>', 'what is compared with it')
    .option('--output <dir>', 'folder in which a tag, commit, session, sweep or date is looked for', defaults.output)
    .option('--where <column=value>', 'only such runs; several columns, or several values of one', conditions)
    .option('--where-a <column=value>', 'the same for A alone', conditions)
    .option('--where-b <column=value>', 'the same for B alone', conditions)
    .option(
      '--metric <list>',
      'figures to compare: columns or their beginnings; all (default: the primary ones)',
      commaList,
    )
    .option('--markdown <file>', 'write it as Markdown too')
    .option('--chart <file>', 'draw the ratios too: .svg or .png')
    .option('--json', 'print it as JSON on standard output, and nothing else there');
}

function conditions(text: string, before: Condition[] | undefined): Condition[] {
  return [...(before ?? []), conditionOf(text)];
}

/** @param args the command line behind the script's name */
export async function compareCommand(args: readonly string[]): Promise<void> {
  const command = commandLine().parse([...args], { from: 'user' });
  const [a, b] = command.processedArgs;
  const { output, where = [], whereA = [], whereB = [], metric, markdown, chart, json = false } = command.opts();
  const wanted = wantedMeasures(metric);
  const base = await sourceOf(a, output, [...where, ...whereA]);
  const head = await sourceOf(b, output, [...where, ...whereB]);
  const report = compareSides({ base, head }, wanted);
  const shown = printableTexts(report);
  if (markdown !== undefined) writeNamed(markdown, comparisonMarkdown(shown));
  if (chart !== undefined) await drawChart(report, chart);
  if (json) printJson(report);
  else print(comparisonText(shown));
  for (const file of [markdown, chart]) if (file !== undefined) say(`Written: ${file}`);
  if (report.rows.length === 0) process.exitCode = exitCodes.missing;
}

function writeNamed(path: string, content: string): void {
  try {
    writeWhole(path, content);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}

/** @throws UserError for what no workload has */
function wantedMeasures(names: readonly string[] | undefined): (measure: Measure) => boolean {
  if (names === undefined) return isPrimary;
  if (names.includes('all')) return () => true;
  const wanted = new Set(names.flatMap(columnsNamed));
  return ({ column }) => wanted.has(column);
}

function columnsNamed(name: string): string[] {
  const exact = measureColumns.filter((column) => column === name);
  const found = exact.length > 0 ? exact : measureColumns.filter((column) => column.startsWith(name));
  if (found.length > 0) return found;
  throw usageError(
    withSuggestion(`"${name}" is no figure that is compared`, name, measureColumns),
    `There are: all, ${measureColumns.join(', ')}.`,
  );
}

if (isMain(import.meta.url)) await run(() => compareCommand(process.argv.slice(2)));
