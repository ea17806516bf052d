import { describe, expect, it } from 'vitest';
import { batchScaling, lengthScaling } from '../../plots/charts/kernel-scaling.ts';
import { byBatch, byPositions, byPromptLength, kernelPanels } from '../../plots/data/kernel-series.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { kernelRun, lengthRuns } from './kernel-rows.ts';

const axes = [byPromptLength, byPositions, byBatch];

describe('lines over lengths', () => {
  it('hold everything else still: one batch and depth along the prompts, one prompt along the batches', () => {
    const [panel, ...others] = kernelPanels(lengthRuns(1), axes);
    expect(others).toEqual([]);
    const [prompts, positions, batches] = panel?.lines ?? [];
    expect(prompts?.points.map(({ x, center }) => [x, Math.round(center * 1e6) / 1e6])).toEqual([
      [16, 125],
      [32, 250],
      [64, 500],
      [128, 1000],
      [256, 1000],
      [512, 1000],
    ]);
    expect(batches?.points.map(({ x }) => x)).toEqual([16, 32, 64, 128, 256]);
    // Depth and half of what is generated: 32, 64, 128 tokens at depth 0, then 32 at 256, 512, 1024.
    expect(positions?.points.map(({ x }) => x)).toEqual([16, 32, 64, 272, 528, 1040]);
  });

  it('never pool hosts, formats, threads, attention or KV types', () => {
    for (const other of [
      { hostname: 'box-2' },
      { quantize: 'F16' },
      { threads: 1 },
      { flash_attention: 'on' },
      { kv_type: 'q8_0' },
    ]) {
      expect(kernelPanels([...lengthRuns(1), ...lengthRuns(1, other)], axes)).toHaveLength(2);
    }
  });

  it('say where a step also chooses a token, and so does the table of the report', () => {
    const chooses = { framework: 'onnx', kernel_chooses_token: true };
    const [panel] = kernelPanels(lengthRuns(1, chooses), axes);
    expect(panel?.place).toMatch(/ · with choosing a token$/);
    const said = (overrides: Parameters<typeof kernelRun>[0]) =>
      renderMarkdown(reportOf(plotData([kernelRun(overrides)])));
    expect(said(chooses)).toMatch(/pp256, tg32, with choosing a token/);
    expect(said(chooses)).toContain('its rates are lower bounds of what llama-bench measures');
    expect(said({})).not.toContain('choosing a token');
  });

  it('are none where a length was measured alone', () => {
    expect(kernelPanels([kernelRun({}), kernelRun({})], axes)).toEqual([]);
    const data = plotData([kernelRun({})]);
    expect(lengthScaling.draw(data)).toBeNull();
    expect(batchScaling.draw(data)).toBeNull();
  });
});

describe('the charts over lengths', () => {
  const thrice = plotData(lengthRuns(3));

  it('write lengths in full: 1,024 tokens are not 1,020', async () => {
    const picture = await drawChart(lengthScaling, plotData([256, 1024].map((n_prompt) => kernelRun({ n_prompt }))));
    expect(picture?.svg).toContain('>1,024<');
  });

  it('answer in their titles once there are runs enough, and ask before', () => {
    // 1040 positions: 100 / (1 + 1040/1024) against 100 / (1 + 16/1024) at 16
    expect(pictureOf(lengthScaling, thrice).title).toBe(
      'Looking back on 1040 positions, generation keeps 50.4 % of its rate at 16',
    );
    expect(pictureOf(batchScaling, thrice).title).toBe('Prompts are evaluated fastest with a batch of 128');
    const once = plotData(lengthRuns(1));
    expect(pictureOf(lengthScaling, once).title).toBe(lengthScaling.question);
    expect(pictureOf(batchScaling, once).title).toBe(batchScaling.question);
    // Runs that differ more among themselves than from those of other lengths show nothing.
    const noise = plotData(
      lengthRuns(3).map((run, i) => ({
        ...run,
        pp_tokens_per_s: [100, 900, 500][i % 3] ?? 0,
        tg_tokens_per_s: [9, 99, 50][i % 3] ?? 0,
      })),
    );
    expect(pictureOf(lengthScaling, noise).title).toBe(lengthScaling.question);
    expect(pictureOf(batchScaling, noise).title).toBe(batchScaling.question);
  });

  it('stand in the report with every number, and say what was fixed', () => {
    const figures = new Map([['length_scaling', {}]]);
    const report = renderMarkdown(reportOf(thrice, figures));
    const section = report.slice(report.indexOf('## Kernel workload'));
    expect(section).toMatch(/Rates by length, kernel workload .*llamacpp · box-1 · cpu/);
    expect(section).toMatch(
      /Prompt, batch 512, empty context\s*\|\s*Prompt tokens\s*\|\s*16\s*\|\s*3\s*\|\s*126\s*\|\s*125\s*\|\s*128/,
    );
    expect(section).toMatch(/Prompt, prompts of 256 tokens\s*\|.*\|\s*64\s*\|\s*3\s*\|\s*505/);
  });
});
