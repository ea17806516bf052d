import { describe, expect, it } from 'vitest';
import { loadLatency, loadThroughput } from '../../plots/charts/load.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import { renderPng } from '../../plots/render/svg.ts';
import type { LoadRow } from '../../scripts/workloads/load/tables.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { loadRuns, rampRows, rateRows, stageRow } from './load-factory.ts';
import { askedOptions, completedRun, dataOf } from './row-factory.ts';

const dataFrom = (load: readonly LoadRow[]): PlotData => plotData(loadRuns(load), { load });
const ramp = dataFrom(rampRows());
const rich = dataFrom([
  ...rampRows(),
  ...rampRows({ uuid: 'again' }),
  ...rampRows({ uuid: 'other', framework_version: 'vLLM 0.9.1', server: '10.0.0.7:8000', slo_ttft_ms: null }),
  ...rateRows('constant'),
  ...rateRows('poisson'),
]);
const charts = [loadThroughput, loadLatency];

const textOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)]
    .map(([, words]) => words?.replaceAll(/<[^>]*>/g, ' ').trim())
    .join(' | ');

const svgOf = async (chart: (typeof charts)[number], data: PlotData) => (await drawChart(chart, data))?.svg ?? '';

const sectionOf = (data: PlotData, id: string) =>
  JSON.stringify(reportOf(data).sections.find((section) => section.id === id) ?? null);

describe('charts of load tests', () => {
  it('are absent where there are none', () => {
    const data = dataOf({ frameworks: ['llamacpp'], quantizations: ['Q8_0'], runs: 1 });
    for (const chart of charts) expect(chart.draw(data)).toBeNull();
    expect(sectionOf(data, 'under-load')).toBe('null');
  });

  it.each(charts)('$name has a panel for each server and kind of arrivals, with numbers alone', async (chart) => {
    const svg = await svgOf(chart, rich);
    const words = textOf(svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null,/);
    expect(words).toContain('llama-server b5092 · 127.0.0.1:8080 · box-1 · smollm2-135m · 8-bit');
    expect(words).toContain('vLLM 0.9.1 · 10.0.0.7:8000');
    expect(words).toContain('by the clock');
    expect(words).toContain('by chance (Poisson)');
    expect(renderPng(svg).length).toBeGreaterThan(10_000);
  });

  it('say what is gained, in numbers', async () => {
    expect(pictureOf(loadThroughput, ramp).title).toBe('At most 1600 tokens/s, with 4 at a time');
    expect(loadLatency.draw(ramp)).toMatchObject({
      title: expect.stringContaining('15.0 ms with 1 at a time, 415 ms with 8 at a time'),
    });
    const words = textOf(await svgOf(loadThroughput, ramp));
    expect(words).toContain('Throughput (tokens/s)');
    expect(words).toContain('Answered, and goodput (1/s)');
    expect(words).toContain('Clients at a time (logarithmic)');
    expect(words).toContain('answers with TTFT at most 500 ms');
  });

  it('show the furthest percentile that most stages have, and say which', () => {
    expect(pictureOf(loadLatency, ramp).subtitle.join(' ')).toContain('Diamonds: p99');
    const fewer = dataFrom(rampRows({ ttft_p99_ms: null }));
    expect(pictureOf(loadLatency, fewer).subtitle.join(' ')).toContain('Diamonds: p95');
    const few = dataFrom(rampRows({ ttft_p99_ms: null, ttft_p95_ms: null, ttft_p90_ms: null }));
    expect(pictureOf(loadLatency, few).subtitle.join(' ')).toContain('no percentile of the tail');
  });

  it('draw a stage without any answer, and one stage alone', async () => {
    const figures = { completed: 0, ttft_p50_ms: null, tpot_p50_ms: null, ttft_p99_ms: null, tpot_p99_ms: null };
    const dead = stageRow({
      ...figures,
      clients: 8,
      stage: 3,
      tokens_per_s: 0,
      requests_per_s: 0,
      failed_timeout: 600,
    });
    for (const rows of [[...rampRows().slice(0, 3), dead], [stageRow({ clients: 3 })], [dead]]) {
      for (const chart of charts) expect(await svgOf(chart, dataFrom(rows))).not.toMatch(/NaN|Infinity/);
    }
    expect(loadLatency.draw(dataFrom([dead]))).toBeNull();
  });

  it('mark latencies of stages in which requests failed', () => {
    const failing = dataFrom(rampRows({ completed: 500, failed_timeout: 60, failed_rate_limited: 40 }));
    expect(pictureOf(loadLatency, failing).subtitle.join(' ')).toContain('Hollow: more than 1 %');
    expect(pictureOf(loadLatency, ramp).subtitle.join(' ')).not.toContain('Hollow');
    expect(JSON.stringify(pictureOf(loadThroughput, failing).table)).toContain('60 timed out, 40 rate limited');
  });

  it('leave out stages that were stopped, and logs that break an invariant', () => {
    const stopped = rampRows().map((row) => (row.stage === 3 ? { ...row, cancelled: 2 } : row));
    expect(dataFrom(stopped).loadSeries[0]?.steps.map(({ load }) => load)).toEqual([1, 2, 4]);
    const broken = completedRun({ uuid: 'ramp', workload: 'load', warnings: 'busy_host;broken_invariant' });
    expect(plotData([broken], { load: rampRows() }).loadSeries).toEqual([]);
  });

  it('never pool two limits, nor two servers of one version', () => {
    const two = dataFrom([...rampRows(), ...rampRows({ uuid: 'b', slo_ttft_ms: 200 })]);
    expect(two.loadSeries.map(({ limits }) => limits)).toEqual(['TTFT at most 200 ms', 'TTFT at most 500 ms']);
    const ports = dataFrom([...rampRows(), ...rampRows({ uuid: 'b', server: '127.0.0.1:8081' })]);
    expect(ports.loadSeries).toHaveLength(2);
  });
});

describe('the report', () => {
  it('says where a server is saturated, where a queue grew, and what goodput is', () => {
    const section = sectionOf(rich, 'under-load');
    expect(section).toContain(
      'Saturated with 4 at a time and 1600 tokens/s: 8 at a time get 1600 tokens/s, not 5 % more',
    );
    expect(section).toContain('by the clock: of 80 requests/s, 40.0/s were answered. The queue grew');
    expect(section).not.toContain('of 20 requests/s');
    expect(section).toContain('Goodput: completed answers that keep every limit / duration');
  });

  it('opens with the load test where nothing else was measured, and tells how to repeat it', () => {
    expect(sectionOf(ramp, 'answer')).toContain('Saturated with 4 at a time');
    const asked = { url: 'http://127.0.0.1:8080', load: 'ramp=8', loadSeconds: 30, slo: 'ttft=500' };
    const again = plotData(loadRuns(rampRows()).map((run) => ({ ...run, ...askedOptions(asked) })));
    expect(sectionOf(again, 'reproduce')).toContain(
      'scripts/openai-benchmark.ts --url http://127.0.0.1:8080 --size 135M --seed 1 --threads 2 --max-tokens 64 --load ramp=8 --slo ttft=500',
    );
    const beside = plotData([completedRun({}), ...loadRuns(rampRows())], { load: rampRows() });
    expect(sectionOf(beside, 'answer')).toContain('llamacpp');
    expect(sectionOf(beside, 'reproduce')).not.toContain('--workload');
  });
});
