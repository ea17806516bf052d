import { describe, expect, it } from 'vitest';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import type { SweepRow } from '../../scripts/results/tables-made-anew.ts';
import { reportOf } from './drawn.ts';
import { completedRun } from './row-factory.ts';

const cell = (name: string, overrides: Partial<SweepRow> = {}): SweepRow => ({
  sweep: 'night',
  sweep_cell: name,
  iteration: 0,
  status: 'skipped',
  reason: 'it needs about 9 GB of memory',
  remedy: 'Free some.',
  at: '2026-03-01T12:00:00.000Z',
  hostname: completedRun().hostname,
  framework: 'llamacpp',
  size: '8B',
  quantize_asked: 'q8_0',
  workload: 'kernel',
  device_asked: 'auto',
  ...overrides,
});
const run = (uuid: string, sweep_cell: string, status: string) =>
  completedRun({ uuid, sweep: 'night', sweep_cell, status, error: status === 'failed' ? 'out of ideas' : null });

const data = plotData([run('1', 'a', 'completed'), run('2', 'a', 'killed'), run('3', 'b', 'failed')], {
  sweeps: [cell('a'), cell('c'), cell('d'), cell('e', { reason: 'not installed', status: 'missing', remedy: null })],
});

describe('what did not run of a sweep', () => {
  it('leaves out what another run has made up for', () => {
    expect(data.notRun.map(({ uuid }) => uuid)).toEqual(['3']);
    expect(data.madeUpFor.map(({ uuid }) => uuid)).toEqual(['2']);
    expect(data.cellsWithoutRun.map(({ sweep_cell }) => sweep_cell)).toEqual(['c', 'd', 'e']);
  });

  it('stands in the report with its reasons, alike cells in one row', () => {
    const report = renderMarkdown(reportOf(data));
    const section = report.slice(report.indexOf('What did not run'));
    expect(section).toContain('out of ideas');
    expect(section).toContain('3 cells of sweeps were not run');
    expect(section).toMatch(/night.*llamacpp.*8B.*kernel.*skipped.*it needs about 9 GB of memory\. Free some\..*2/);
    expect(section).toMatch(/missing.*not installed.*1/);
    expect(section).toContain('1 run of a sweep was interrupted; another run completed the same cell.');
  });
});
