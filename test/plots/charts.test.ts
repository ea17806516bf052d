import { describe, expect, it } from 'vitest';
import { backendComparison } from '../../plots/charts/backend-comparison.ts';
import { type Chart, drawingOf, isOneLine } from '../../plots/charts/chart.ts';
import { charts } from '../../plots/charts/registry.ts';
import { memberName } from '../../plots/data/groups.ts';
import { metricOf } from '../../plots/data/metric.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import { renderPng } from '../../plots/render/svg.ts';
import { groupTable } from '../../plots/report/table.ts';
import { measuredRow } from '../collate/measured-row.ts';
import { dataFor, load, python, rich, served } from './chart-data.ts';
import { drawAnew, drawChart, pictureOf } from './drawn.ts';
import { completedRun, dataOf } from './row-factory.ts';

const single = dataOf({ frameworks: ['llamacpp'], quantizations: ['Q8_0'], runs: 1 });

/** What can be read in the picture, in one string. */
const textOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)]
    .map(([, words]) => words?.replaceAll(/<[^>]*>/g, ' ').trim())
    .join(' | ');

function chartOf(name: string): Chart {
  const chart = charts.find((candidate) => candidate.name === name);
  if (chart === undefined) throw new Error(name);
  return chart;
}

const svgOf = (name: string, data = rich) => drawn(chartOf(name), data);

async function drawn(chart: Chart, data: PlotData): Promise<string> {
  const picture = await drawChart(chart, data);
  if (picture === null) throw new Error(`${chart.name} is absent`);
  return picture.svg;
}

it('the table behind bars marks a lower bound as the bars do', () => {
  const bounded = { framework: 'onnx', uuid: 'b', prefill_tokens_per_s: 321, prefill_is_lower_bound: true };
  const { groups } = plotData([completedRun(), completedRun(bounded)]);
  const table = groupTable({ caption: '', groups, metrics: [metricOf('prefill_tokens_per_s')] });
  const marked = table.rows.map((row) => row.filter(({ text }) => text.startsWith('≥ ')).map(({ text }) => text));
  expect(marked.flat()).toEqual(['≥ 321']);
});

describe('charts', () => {
  it.each(charts.map(({ name }) => name))('%s has a title of one line, and no settings in it', (name) => {
    const chart = charts.find((candidate) => candidate.name === name);
    for (const data of [rich, single, dataFor(name)]) {
      const drawing = chart === undefined ? null : drawingOf(chart, data);
      if (drawing?.kind !== 'picture') continue;
      expect(isOneLine(drawing.title)).toBe(true);
      expect(drawing.title).not.toMatch(/activations|prebuilt| · /);
    }
  });

  it('a title that takes more than a line gives way to the question', () => {
    const long = { ...pictureOf(backendComparison, single), title: 'long '.repeat(30) };
    expect(pictureOf({ name: 'long', question: 'Who?', draw: () => long }, single).title).toBe('Who?');
    expect(pictureOf({ name: 'none', question: 'Who?', draw: () => ({ ...long, title: null }) }, single).title).toBe(
      'Who?',
    );
  });

  it('are these', () => {
    expect(charts.map((chart) => chart.name)).toEqual([
      'answer',
      'parity',
      'backend_comparison',
      'speedup_comparison',
      'summary_stats',
      'quantization_impact',
      'quality_pareto',
      'latency_distribution',
      'arrival_distribution',
      'enqueue_latency',
      'memory_over_time',
      'memory_throughput',
      'param_throughput',
      'roofline',
      'operator_times',
      'concurrency_throughput',
      'concurrency_latency',
      'device_comparison',
      'load_throughput',
      'load_latency',
      'length_scaling',
      'batch_scaling',
      'comparison',
      'trend',
    ]);
  });

  it.each(charts.map((chart) => [chart.name, chart] as const))('%s draws the same bytes twice', async (name, chart) => {
    const data = dataFor(name);
    const first = await drawn(chart, data);
    const second = (await drawAnew(chart, data))?.svg ?? '';
    expect(second).toBe(first);
    expect(renderPng(second).equals(renderPng(first))).toBe(true);
  });

  it('of latencies keep what is timed in an engine apart from what is timed at a client', async () => {
    const both = plotData([...rich.runs, ...served.runs.map((run) => ({ ...run, uuid: `s${run.uuid}` }))], {
      latencies: new Map(
        [...rich.latencies].flatMap(([id, sketch]) => [[id, sketch] as const, [`s${id}`, sketch] as const]),
      ),
    });
    const engine = textOf(await svgOf('latency_distribution', both));
    expect(engine).toContain('Inter-token latency');
    expect(engine).not.toMatch(/server|Inter-chunk/);
    const client = textOf(await svgOf('arrival_distribution', both));
    expect(client).toContain('Inter-chunk latency at the client');
    expect(client).not.toMatch(/cpu|Inter-token/);
  });

  it('of latencies have one axis in all their panels, and one kind of axis', () => {
    const scalesOf = (name: string, data: PlotData) =>
      [
        ...JSON.stringify(pictureOf(chartOf(name), data).spec).matchAll(
          /"scale":(\{[^{}]*"domain":\[[^\]]*\][^{}]*\})/g,
        ),
      ].map(([, scale]) => scale);
    const distributions = scalesOf('latency_distribution', rich);
    expect(distributions).toHaveLength(4);
    expect(new Set(distributions).size).toBe(1);
    const kinds = scalesOf('load_latency', load).map((scale) => /"type":"log"/.test(scale ?? ''));
    // The axis of loads is always logarithmic; the others are all of one kind.
    const ofLatency = kinds.filter((_, i) => i % 2 === 1);
    expect(new Set(ofLatency).size).toBe(1);
  });

  it.each([
    ['parity', ['Mean KL divergence', '(nats, logarithmic; tolerance 0.01)', '(%; at least 97)', 'Equal tokens']],
    ['backend_comparison', ['Decode rate (tokens/s)', 'Prefill rate (tokens/s)']],
    ['speedup_comparison', ['Decode rate over the slowest (×)']],
    ['summary_stats', ['TTFT (ms)', 'TPOT (ms)', 'Peak memory']],
    ['quantization_impact', ['Decode rate (tokens/s)', 'Model file (MB)']],
    ['latency_distribution', ['Inter-token latency (ms, logarithmic)']],
    ['enqueue_latency', ['Latency of a step (ms, logarithmic)']],
    ['memory_throughput', ['Memory throughput (GB/s)']],
    ['param_throughput', ['Parameter throughput (GB/s)']],
    ['device_comparison', ['Decode rate (tokens/s)']],
  ])('%s has units on its axes', async (name, titles) => {
    const text = textOf(await svgOf(name, ['parity', 'enqueue_latency'].includes(name) ? python : rich));
    for (const title of titles) expect(text).toContain(title);
  });

  it.each(['backend_comparison', 'summary_stats', 'memory_throughput', 'latency_distribution'])(
    '%s gives every host and weight class a panel of its own',
    async (name) => {
      const text = textOf(await svgOf(name));
      for (const host of ['box-1', 'box-2']) {
        for (const weightClass of ['16-bit', '8-bit']) {
          expect(text).toContain(`${host} · cpu · smollm2-135m · ${weightClass}`);
        }
      }
    },
  );

  it('says that a single run has no interval, and draws cards where there is nothing to compare', async () => {
    expect(textOf(await svgOf('backend_comparison', single))).toContain('Bars: a single run, which has no interval.');
    const card = textOf(await svgOf('speedup_comparison', single));
    expect(card).toContain('Only llamacpp was measured');
    expect(card).toContain('tsx scripts/benchmark.ts');
    expect(textOf(await svgOf('device_comparison', single))).toContain('Everything ran on one device');
  });

  it('marks outliers with a cross, says what it means, and keeps them in the mean', async () => {
    const rates = [100, 101, 99, 100.5, 99.5, 60];
    const drawn = (runs: readonly number[]) =>
      svgOf('backend_comparison', plotData(runs.map((rate, i) => completedRun({ uuid: String(i) }, rate))));
    const marked = await drawn(rates);
    expect(textOf(marked)).toContain('Cross: an outlier (modified z above 3.5), kept in the mean.');
    // The geometric mean of all six: 91.8.
    expect(textOf(marked)).toContain('91.8');
    expect(marked.match(/M-0\.7|L-?[\d.]+,-?[\d.]+M/g)).not.toBeNull();
    const steady = await drawn(rates.slice(0, 5));
    expect(textOf(steady)).not.toContain('Cross:');
    expect(steady.match(/L-?[\d.]+,-?[\d.]+M/g)).toBeNull();
  });

  it('draws results that are not comparable hollow, names them and does not rank them', async () => {
    const fallback = [1, 2, 3].map((seed) =>
      completedRun({ framework: 'mlc', comparable: false, uuid: `f${seed}`, seed }, 900),
    );
    const data = dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 3 }, fallback);
    const svg = await svgOf('backend_comparison', data);
    expect(textOf(svg)).toContain('not comparable (software device, fallback or broken invariant), not ranked: mlc');
    expect(svg).toContain('stroke-dasharray="4,3"');
    expect(textOf(svg)).toContain('llamacpp decoded fastest');
    const speedups = textOf(await svgOf('speedup_comparison', data));
    expect(speedups).toContain('Left out because they are not ranked: mlc in 8-bit (not comparable).');
    expect(speedups).not.toMatch(/\| mlc \|/);
  });

  it('never averages runs of different settings into one bar', async () => {
    const runs = [2, 4].flatMap((threads) =>
      [1, 2, 3].map((seed) => completedRun({ threads, seed, uuid: `t${threads}s${seed}` }, 20 * threads)),
    );
    const text = textOf(await svgOf('backend_comparison', plotData(runs)));
    expect(text).toContain('4 threads');
    expect(text).toContain('80.0');
    expect(text).toContain('40.0');
  });

  it('ranks nobody over one with other threads, and says why', async () => {
    const runs = [
      ...[1, 2, 3, 4].map((seed) => completedRun({ framework: 'a', threads: 1, seed, uuid: `a${seed}` }, 80 + seed)),
      ...[1, 2, 3, 4].map((seed) => completedRun({ framework: 'b', threads: 2, seed, uuid: `b${seed}` }, 20 + seed)),
      ...[1, 2, 3, 4].map((seed) => completedRun({ framework: 'c', threads: 2, seed, uuid: `c${seed}` }, 40 + seed)),
    ];
    const data = plotData(runs);
    expect(data.groups.map(({ members }) => members.map((member) => [memberName(member), member.unequal]))).toEqual([
      [
        ['a · 1 thread', '1 thread, not 2 threads'],
        ['c · 2 threads', null],
        ['b · 2 threads', null],
      ],
    ]);
    const text = textOf(await svgOf('backend_comparison', data));
    expect(text).toContain('a · 1 thread (1 thread, not 2 threads)');
    expect(text).not.toMatch(/a · 1 thread is|over a · 1 thread/);
  });

  it('keeps the rates of a kernel run out of every chart of end-to-end rates', async () => {
    const kernel = completedRun({ workload: 'kernel', uuid: 'k', pp_tokens_per_s: 777, tg_tokens_per_s: 55 });
    const data = plotData([kernel]);
    expect(data.groups).toEqual([]);
    for (const chart of charts) expect(chart.draw(data)?.kind).not.toBe('picture');
  });

  it('names synthetic weights in the subtitle', async () => {
    const data = plotData([completedRun({ synthetic: true })]);
    expect(textOf(await svgOf('backend_comparison', data))).toContain('smollm2-135m (synthetic weights)');
  });

  it('draws the enqueue latency where an engine tells it, and is absent otherwise', async () => {
    const text = textOf(await svgOf('enqueue_latency', python));
    expect(text).toContain('tinygrad · handed over');
    expect(text).toContain('hybrid · token');
    expect(text).not.toContain('llamacpp');
    const chart = charts.find(({ name }) => name === 'enqueue_latency');
    expect(chart?.draw(rich)).toBeNull();
    expect(chart === undefined ? undefined : await drawChart(chart, rich)).toBeNull();
  });

  it('says how weights lie in memory where a framework converts them', async () => {
    const text = textOf(await svgOf('backend_comparison', python));
    expect(text).toContain('Weights in memory: tinygrad float16 (16 bits), hybrid float32 (32 bits)');
    expect(textOf(await svgOf('backend_comparison'))).not.toContain('Weights in memory');
  });

  it('never averages runs of another precision, and names it where it differs', async () => {
    const runs = ['float32', 'bfloat16'].flatMap((precision) =>
      [1, 2, 3].map((seed) =>
        completedRun(
          { framework: 'pytorch', precision, seed, uuid: `${precision}${seed}` },
          precision === 'float32' ? 20 : 40,
        ),
      ),
    );
    const text = textOf(await svgOf('backend_comparison', plotData(runs)));
    expect(text).toContain('precision bfloat16');
    expect(text).toContain('40.0');
    expect(text).toContain('20.0');
    const nf4 = runs.map((run) =>
      run.precision === 'float32' ? run : measuredRow({ ...run, precision: 'nf4', quantize: 'nf4' }),
    );
    const labels = textOf(await svgOf('backend_comparison', plotData(nf4)));
    expect(labels).toContain('pytorch · nf4');
    expect(labels).not.toContain('precision nf4');
  });

  it('survives names that are long or look like markup', async () => {
    const hostile = `<b>&"x"</b>*_[a](b)#$\`\\${'-very-long'.repeat(12)}`;
    const runs = [hostile, `${hostile}2`].flatMap((framework) =>
      [1, 2, 3].map((seed) =>
        completedRun({ framework, model: hostile, hostname: hostile, seed, uuid: `${framework}${seed}` }),
      ),
    );
    const data = plotData(runs);
    for (const chart of charts) {
      const picture = await drawChart(chart, data);
      if (picture === null) continue;
      expect(picture.svg).not.toContain('<b>');
      expect(renderPng(picture.svg).length).toBeGreaterThan(1000);
    }
  });
});
