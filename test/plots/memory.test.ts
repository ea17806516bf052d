import { describe, expect, it } from 'vitest';
import { memoryOverTime } from '../../plots/charts/memory-over-time.ts';
import { memorySeries, typicalRuns } from '../../plots/data/memory.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { memoryPanel } from '../../plots/panels/memory-panel.ts';
import { memory as memorySection } from '../../plots/report/sections/resources.ts';
import { drawChart, inputOf } from './drawn.ts';
import { memoryData, memoryRowsOf, memoryRun, memoryShapes } from './memory-rows.ts';
import { dataOf } from './row-factory.ts';

const [llamacpp, pytorch] = memoryShapes;
if (llamacpp === undefined || pytorch === undefined) throw new Error('there are two');

async function textOf(data: ReturnType<typeof memoryData>): Promise<string> {
  const picture = await drawChart(memoryOverTime, data);
  if (picture === null) throw new Error('the chart is absent');
  return [...picture.svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)]
    .map(([, words]) => words?.replaceAll(/<[^>]*>/g, ' ').trim())
    .join(' | ');
}

describe('memory over time', () => {
  it('has the phases of the run without a gap, and its peaks apart', () => {
    const data = memoryData([pytorch]);
    const [series] = memorySeries(data.groups, data.memory);
    expect(
      series?.phases.map(({ name, ...span }) => [name, ...Object.values(span).map((seconds) => seconds.toFixed(2))]),
    ).toEqual([
      ['start', '0.00', '3.10'],
      ['load', '3.10', '7.75'],
      ['warmup', '7.75', '13.95'],
      ['measured', '13.95', '31.00'],
    ]);
    expect(series?.peaks).toEqual([
      { name: 'load', seconds: 6.82, bytes: 1150e6 },
      { name: 'inference', seconds: 23.25, bytes: 740e6 },
    ]);
    expect(series?.points.every(({ bytes }) => bytes < 740e6)).toBe(true);
    expect(series?.points.at(-1)).toEqual({ seconds: 31, bytes: 734e6, withTokenizerBytes: 907e6 });
  });

  it('is that of the run with the median peak', () => {
    const runs = [3, 1, 2].map((seed) => memoryRun(pytorch, seed));
    expect(typicalRuns(plotData(runs).groups)).toEqual(['pytorch-2']);
    const memory = new Map(runs.map((run) => [run.uuid ?? '', memoryRowsOf(pytorch, run)]));
    const data = plotData(runs, { memory });
    expect(memorySeries(data.groups, memory).map(({ run }) => run.uuid)).toEqual(['pytorch-2']);
  });

  it('names phases, units, the peak and the lent tokenizer', async () => {
    const text = await textOf(memoryData([llamacpp, pytorch]));
    for (const words of ['load', 'warm-up', 'measured', 'Resident (MB)', 'Seconds since the start of the run'])
      expect(text).toContain(words);
    expect(text).toContain('peak of load 1.15 GB');
    expect(text).toContain('with tokenizer');
    expect(text).toContain('Peak memory: llamacpp 340 MB in inference; pytorch 1.15 GB in the load');
    expect(await textOf(memoryData([llamacpp]))).not.toContain('okenizer');
  });

  it('puts no label across a line', () => {
    const { groups, memory } = memoryData([pytorch]);
    const [series] = memorySeries(groups, memory);
    if (series === undefined) throw new Error('no series');
    const at = (seconds: number, megabytes: number) => ({
      ...{ seconds, bytes: megabytes * 1e6 },
      withTokenizerBytes: seconds < 1 ? null : (megabytes + 110) * 1e6,
    });
    const points = [at(0, 10), at(0.7, 240), at(1.4, 240), at(1.5, 262), at(3.6, 262)];
    const peaks = [
      { name: 'load' as const, seconds: 1.5, bytes: 262e6 },
      { name: 'inference' as const, seconds: 1.85, bytes: 263e6 },
    ];
    const marks = JSON.stringify(memoryPanel({ ...series, points, peaks }, 395e6, 650).layer);
    // To the left of the peak, and below it, the line would run through the text.
    expect(marks).toMatch(
      /peak of inference 263 MB"[^{]*\]\},"mark":\{"type":"text","baseline":"bottom","dy":-5,"dx":5,"align":"left"/,
    );
  });

  it('is absent where logs have single moments alone', () => {
    expect(memoryOverTime.draw(dataOf({ frameworks: ['llamacpp'], quantizations: ['F16'], runs: 2 }))).toBeNull();
  });

  it('stands in the report beside parts that add up and the memory of the tokenizer', () => {
    const data = memoryData([llamacpp, pytorch]);
    const section = memorySection.blocks(inputOf(data));
    const words = JSON.stringify(section);
    expect(words).toContain('pytorch has no tokenizer of its own');
    for (const title of ['At start', '+ import', '+ model', '= after load']) expect(words).toContain(title);
  });
});
