import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptComparison, readComparison } from '../../collate/comparing/comparison-file.ts';
import { comparison } from '../../plots/charts/comparison.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { readPlotData } from '../../plots/data/read-plot-data.ts';
import { betterColor, paper, worseColor } from '../../plots/render/theme.ts';
import { comparisonOf, madeRuns } from '../collate/comparing/made-sides.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { shapedRuns } from './row-factory.ts';
import { temporaryFolder, writeTables } from './table-files.ts';

const slower = comparisonOf(madeRuns(), madeRuns({ seed: 2, speed: 0.9, row: { framework_version: '2.0' } }));
const same = comparisonOf(madeRuns(), madeRuns({ seed: 2 }));
const few = comparisonOf(madeRuns({ runs: 2 }), madeRuns({ runs: 2, seed: 2, speed: 0.5 }));
const svgOf = async (report: typeof slower) => (await drawChart(comparison, plotData([], { comparison: report })))?.svg;

describe('the chart of a comparison', () => {
  it('says in its title what changed, and fills the marks of nothing else', async () => {
    expect(pictureOf(comparison, plotData([], { comparison: slower })).title).toBe(
      'Of 4 figures 3 got worse and none got better from A to B',
    );
    const svg = await svgOf(slower);
    expect(svg?.match(new RegExp(`fill="${worseColor}"`, 'g'))).toHaveLength(3);
    expect(svg).not.toContain(betterColor);
    expect(svg).toContain('slower');
    for (const report of [same, few]) {
      const hollow = await svgOf(report);
      expect(hollow).not.toMatch(new RegExp(`fill="(${worseColor}|${betterColor})"`));
      expect(hollow).toContain(`fill="${paper}"`);
    }
  });

  it('of too few runs is no answer', () => {
    const { title } = pictureOf(comparison, plotData([], { comparison: few }));
    expect(title).toBe('Too few runs for a verdict on any of 4 figures');
  });

  it('has every figure in its table, also those that the picture has no room for', () => {
    const cells = Array.from({ length: 12 }, (_, i) => ({ row: { threads: i + 1 } }));
    const report = comparisonOf(
      cells.flatMap((cell) => madeRuns(cell)),
      cells.flatMap((cell) => madeRuns({ ...cell, seed: 9 })),
    );
    const picture = pictureOf(comparison, plotData([], { comparison: report }));
    expect(picture.table.rows).toHaveLength(48);
    expect(picture.subtitle.join(' ')).toMatch(/\b(2\d|3\d) more figures are in the table/);
  });

  it('is absent without a comparison, and without a cell on both sides', () => {
    expect(comparison.draw(plotData([]))).toBeNull();
    const nothing = comparisonOf(madeRuns({ row: { framework: 'onnx' } }), madeRuns());
    expect(comparison.draw(plotData([], { comparison: nothing }))).toBeNull();
  });
});

describe('a comparison that is kept in a folder', () => {
  it('is a section of its report, with what else changed', async () => {
    const output = writeTables(shapedRuns({ frameworks: ['llamacpp'], quantizations: ['Q8_0'], runs: 1 }));
    expect((await readPlotData(output)).comparison).toBeNull();
    writeFileSync(join(output, 'comparison.json'), JSON.stringify(slower));
    const data = await readPlotData(output);
    const section = reportOf(data).sections.find(({ id }) => id === 'comparison');
    const text = JSON.stringify(section);
    expect(section?.title).toBe('What changed');
    expect(text).toContain('3 got worse');
    expect(text).toContain('version 1.0 → 2.0');
    expect(text).toContain('not measured in turns');
  });

  it('and is none, is refused by its name with how to make one', () => {
    const output = temporaryFolder();
    expect(keptComparison(output)).toBeNull();
    const path = join(output, 'comparison.json');
    for (const [content, says] of [
      ['{', 'is no comparison'],
      ['{"schema":"tokenlap.comparison/2"}', 'schema: '],
      [JSON.stringify({ ...slower, rows: [{}] }), 'rows.0.cell: '],
    ] as const) {
      writeFileSync(path, content);
      expect(() => readComparison(path)).toThrow(says);
    }
  });
});
