/** What the report says of the machine while it was measured, and of energy. */
import { expect, it } from 'vitest';
import { charts } from '../../plots/charts/registry.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import { drawChart, reportOf } from './drawn.ts';
import { completedRun } from './row-factory.ts';

function runs(certificates: readonly string[], overrides: Parameters<typeof completedRun>[0] = {}) {
  return certificates.map((certificate, i) =>
    completedRun(
      {
        uuid: `${overrides.framework ?? 'a'} ${i}`,
        certificate,
        certificate_failed: certificate === 'failed' ? 'others_cpu;drift' : null,
        others_cpu_cores: certificate === 'failed' ? 1.5 : 0.04,
        drift: certificate === 'failed' ? 0.31 : 0.01,
        clock_min_mhz: 3000,
        ...overrides,
      },
      100 + i,
    ),
  );
}

function sectionOf(rows: ReturnType<typeof runs>, title: string): string {
  const report = reportOf(plotData(rows));
  const markdown = renderMarkdown({
    ...report,
    sections: report.sections.filter((section) => section.title === title),
  });
  return markdown;
}

it('the report counts the runs that failed, says why, and names the noise floor', () => {
  const text = sectionOf(runs(['passed', 'failed', 'passed', 'passed']), 'Run quality');
  expect(text).toContain(
    '1 of 4 runs failed their quality checks: others\\_cpu 1 (at worst 1.50 cores), drift 1 (at worst 31 % slower).',
  );
  expect(text).toContain('0.04 to 1.50');
  expect(text).toMatch(
    /Noise floor[\s\S]*0\.72 % \(estimated, not measured as A\/A: what two identical contenders are expected to differ by, from the spread of 4 runs\)/,
  );
});

it('the report says of a quota that ran out how often, and what helps against it', () => {
  const throttled = runs(['failed', 'passed', 'passed']).map((run) => ({
    ...run,
    certificate_failed: run.certificate === 'failed' ? 'quota' : null,
    quota_throttled_periods: run.certificate === 'failed' ? 7 : 0,
  }));
  const text = sectionOf(throttled, 'Run quality');
  expect(text).toContain('quota 1 (at worst 7 periods)');
  expect(text).toContain('Remedies: take fewer threads with --threads N, or raise the quota of processor time.');
});

it('the report blames the machine only where a check of the machine failed', () => {
  const drifting = runs(['failed', 'passed', 'passed']).map((run) => ({
    ...run,
    certificate_failed: run.certificate === 'failed' ? 'drift;warm_up' : null,
    drift: run.certificate === 'failed' ? -0.24 : 0,
    not_warm: run.certificate === 'failed',
  }));
  const text = sectionOf(drifting, 'Run quality');
  expect(text).toContain('drift 1 (at worst 24 % faster), warm\\_up 1 (at worst 24 % faster)');
  expect(text).toContain('Remedies: give the engine more warm-up with --warmup N.');
  expect(text).not.toMatch(/quiet machine/);
  expect(sectionOf(drifting, 'Warnings')).toMatch(
    /not warm\. 1 of 3 runs still became faster while they were measured, by up to 24 %/,
  );
});

it('a model whose runs warned that it is a toy is called one', () => {
  const toys = runs(['passed', 'passed', 'passed'], { warnings: 'few_answers;toy_model' });
  expect(sectionOf(toys, 'Warnings')).toMatch(/so few weights that the overhead of each step dominates/);
  expect(sectionOf(runs(['passed']), 'Warnings')).not.toMatch(/so few weights/);
});

it('a run that gave way to a better one is listed, and is in no mean', () => {
  const [first, ...others] = runs(['failed', 'passed', 'passed', 'passed'], { session: 's' });
  if (first === undefined) throw new Error('four runs were made');
  const rows = [
    { ...first, turn: 1 },
    ...others.map((run, i) => ({ ...run, turn: i === 0 ? 1 : i + 1, attempt: i === 0 ? 1 : null })),
  ];
  expect(sectionOf(rows, 'Run quality')).toContain('replaced by a later run');
  expect(plotData(rows).groups[0]?.members[0]?.runs).toHaveLength(3);
});

it('a report of runs without quality checks has no such section', () => {
  const idsOf = (rows: ReturnType<typeof runs>) => {
    const { sections, appendix } = reportOf(plotData(rows));
    return [...sections, ...appendix].map(({ id }) => id);
  };
  expect(idsOf([completedRun()])).not.toContain('run-quality');
  expect(idsOf([completedRun()])).not.toContain('energy');
  expect(idsOf(runs(['passed']))).toContain('run-quality');
});

it('points of runs that failed are hollow, and the subtitle says how many they are', async () => {
  const chart = charts.find(({ name }) => name === 'backend_comparison');
  if (chart === undefined) throw new Error('there is such a chart');
  const svgOf = async (certificates: readonly string[]) =>
    (await drawChart(chart, plotData(runs(certificates))))?.svg ?? '';
  const noisy = await svgOf(['failed', 'passed', 'failed']);
  expect(noisy).toContain('Hollow points: 2 of 3 runs failed their quality checks');
  expect(noisy).not.toContain('others used the machine');
  expect(await svgOf(['passed', 'passed', 'passed'])).not.toContain('Hollow points');
});

it('energy has a table where a meter was read, and the meter is named', () => {
  const rows = runs(['passed', 'passed'], {
    energy_meter: 'RAPL package-0',
    idle_watts: 12,
    joules_per_token_decode: 0.5,
    gross_joules_per_token_decode: 0.8,
    energy_error_decode: 0.031,
  });
  const text = sectionOf(rows, 'Energy');
  expect(text).toContain('0.500');
  expect(text).toContain('RAPL package-0');
  expect(text).toContain('3.1 % at most');
});
