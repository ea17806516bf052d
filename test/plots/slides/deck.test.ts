import { describe, expect, it } from 'vitest';
import { type PlotData, plotData } from '../../../plots/data/plot-data.ts';
import { deckOf } from '../../../plots/slides/deck.ts';
import type { Slide } from '../../../plots/slides/slide.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { lengthRuns } from '../kernel-rows.ts';
import { parityRun } from '../parity-factory.ts';
import { completedRun, shapedRuns } from '../row-factory.ts';

const titles: Readonly<Record<string, string>> = { llamacpp: 'llama.cpp', pytorch: 'PyTorch' };
const titled = (run: RunRow): RunRow => ({ ...run, framework_title: titles[run.framework ?? ''] ?? null });

const measured = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 }).map(titled);
const failed = titled(
  completedRun({ framework: 'tinygrad', status: 'failed', error: 'out of memory at layer 3', uuid: 'x' }),
);

const namesOf = (data: PlotData) => deckOf(data).map(({ name }) => name);

function slideNamed(data: PlotData, name: string): Slide {
  const found = deckOf(data).find((slide) => slide.name === name);
  if (found === undefined) throw new Error(`no slide ${name}`);
  return found;
}

const messageOf = (data: PlotData, name: string) => slideNamed(data, name).message;

describe('the messages of the slides', () => {
  const data = plotData([...measured, failed]);

  it('name what was compared, and where', () => {
    expect(messageOf(data, 'title')).toBe('llama.cpp, PyTorch and tinygrad compared on box-1');
  });

  it('say what to use, and by how much', () => {
    expect(messageOf(data, 'answer')).toMatch(
      /^Use llama\.cpp for smollm2-135m in the 8-bit class on box-1 \(cpu\): it answers fastest, 1\.5\d× as fast as PyTorch\.$/,
    );
  });

  it('say how long a user waits: TTFT + 299 × TPOT', () => {
    const at = (framework: string, rate: number) => titled(completedRun({ framework, uuid: framework }, rate));
    // 50 tokens/s: 80 ms to the first token, 20 ms for each; 40 tokens/s: 100 and 25.
    expect(messageOf(plotData([at('llamacpp', 50), at('pytorch', 40)]), 'wait')).toBe(
      'A 300-token answer takes about 6.06 s with llama.cpp and 7.57 s with PyTorch, by the measured medians.',
    );
  });

  it('say who decodes fastest, and how steadily', () => {
    expect(messageOf(data, 'backend_comparison')).toMatch(/^llama\.cpp decodes 1\.5\d× as fast as PyTorch$/);
    const even = plotData(
      ['llamacpp', 'pytorch'].map((framework, i) =>
        titled(completedRun({ framework, uuid: framework, itl_p95_ms: 10 * (i + 1) })),
      ),
    );
    expect(messageOf(even, 'latency_distribution')).toBe(
      '95 % of the tokens come within 10.0 ms of the one before with llama.cpp, with PyTorch within 20.0 ms',
    );
  });

  it('count the memory of a tokenizer that is a process of its own', () => {
    const memory = plotData([
      titled(completedRun({ framework: 'llamacpp', uuid: 'a', peak_rss_bytes: 200e6 })),
      titled(
        completedRun({
          framework: 'pytorch',
          uuid: 'b',
          peak_rss_bytes: 100e6,
          tokenizer_rss_bytes: 200e6,
          peak_with_tokenizer_bytes: 300e6,
        }),
      ),
    ]);
    expect(messageOf(memory, 'memory')).toBe('llama.cpp takes 200 MB of memory at its peak, PyTorch 1.50× as much');
  });

  it('say whether all compute the same', () => {
    const checked = plotData([
      ...measured,
      titled(parityRun({ framework: 'llamacpp', uuid: 'p1' }, { self: true })),
      titled(parityRun({ framework: 'pytorch', uuid: 'p2' })),
    ]);
    expect(messageOf(checked, 'parity')).toBe('PyTorch agrees with the reference');
  });

  it('say what a quantisation gains', () => {
    const two = shapedRuns({ frameworks: ['llamacpp'], quantizations: ['F16', 'Q8_0'], runs: 6 }).map(titled);
    expect(messageOf(plotData(two), 'quantization_impact')).toMatch(
      /^llama\.cpp decodes 1\.9\d?× as fast in Q8_0 as in F16$/,
    );
  });

  it('say in which settings contenders differ, and which are the same', () => {
    const slide = slideNamed(
      plotData(measured.map((run) => ({ ...run, kv_type: run.framework === 'pytorch' ? 'f32' : 'f16' }))),
      'method',
    );
    expect(slide.message).toBe('Same machine, same questions; the contenders differ in KV type');
    expect(JSON.stringify(slide.blocks)).toContain('The same for all: 2 threads, context 512, batch 512');
  });

  it('count what did not run, with the reason', () => {
    const slide = slideNamed(data, 'did-not-run');
    expect(slide.message).toBe('1 of 13 runs did not complete');
    expect(JSON.stringify(slide.blocks)).toContain('out of memory at layer 3');
  });
});

describe('the deck', () => {
  it('has a page for what was measured, in the order of an argument', () => {
    expect(namesOf(plotData([...measured, failed]))).toEqual([
      ...['title', 'answer', 'wait', 'backend_comparison', 'latency_distribution', 'memory'],
      ...['method', 'did-not-run', 'repeat'],
    ]);
  });

  it('leaves out what was not measured', () => {
    expect(namesOf(plotData([]))).toEqual(['title']);
    expect(namesOf(plotData([failed]))).toEqual(['title', 'did-not-run', 'repeat']);
  });

  it('tells of the kernel workload where nothing else was measured', () => {
    const kernels = plotData(lengthRuns(3).map(titled));
    expect(namesOf(kernels)).toEqual(['title', 'kernels', 'length_scaling', 'repeat']);
    expect(messageOf(kernels, 'length_scaling')).toMatch(/^Looking back on \d+ positions, generation keeps \d+/);
  });
});
