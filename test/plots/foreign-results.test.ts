import { expect, it } from 'vitest';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderHtml } from '../../plots/report/html.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import { foreignTable } from '../../scripts/results/foreign-table.ts';
import { importRecorded, importText, recordedText } from '../collate/foreign/imported.ts';
import { reportOf } from './drawn.ts';
import { dataOf } from './row-factory.ts';

const { runs } = dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 });
const imported = () =>
  foreignTable.rows([importRecorded('vllm/serve-2026-detailed.json'), importRecorded('llama-bench/bench.csv')]);

it('results of other tools have a section of their own, and change nothing else', () => {
  const foreign = imported();
  const [without, withThem] = [reportOf(plotData(runs)), reportOf(plotData(runs, { foreign }))];
  const added = withThem.appendix.filter(({ id }) => id === 'foreign-results');
  expect(added).toHaveLength(1);
  expect(without.appendix.map(({ id }) => id)).not.toContain('foreign-results');
  expect({ ...withThem, appendix: withThem.appendix.filter((section) => !added.includes(section)) }).toEqual(without);
});

it('each metric stands beside ours, or a dash', () => {
  const foreign = imported();
  const section = reportOf(plotData(runs, { foreign })).appendix.find(({ id }) => id === 'foreign-results');
  const table = section?.blocks.find(({ kind }) => kind === 'table');
  if (table?.kind !== 'table') throw new Error('no table');
  expect(table.rows).toHaveLength(foreign.length);
  const rows = table.rows.map((row) => row.map(({ text }) => text));
  expect(rows.find((row) => row.includes('TPOT'))).toEqual(
    expect.arrayContaining(['vllm', '15.0', '15.8 ms', 'tpot_ms']),
  );
  expect(rows.find((row) => row.includes('t/s'))).toEqual(expect.arrayContaining(['llama-bench de3ff81 (1)', '–']));
  expect(section?.title).toContain('Foreign');
});

it('many metrics end in a sentence', () => {
  const [row] = imported();
  if (row === undefined) throw new Error('no row');
  const section = reportOf(plotData(runs, { foreign: Array(75).fill(row) })).appendix.find(
    ({ id }) => id === 'foreign-results',
  );
  expect(JSON.stringify(section)).toContain('15 metrics more are in foreign.csv');
});

it('a name with markup in it is no markup of the report', async () => {
  const named = JSON.parse(recordedText('vllm/serve-2025-11-summary.json'));
  const record = importText(JSON.stringify({ ...named, model_id: '<img src=x onerror=alert(1)>' }));
  const document = reportOf(plotData(runs, { foreign: foreignTable.rows([record]) }));
  const html = await renderHtml(document, new Map());
  expect(html).toContain('&lt;img src=x onerror');
  expect(html).not.toContain('<img src=x');
  expect(renderMarkdown(document)).not.toContain('<img src=x');
});
