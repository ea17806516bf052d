/** Real outputs of llama-bench, built from the source inside node-llama-cpp: the same six tests in each of its formats. */
import { describe, expect, it } from 'vitest';
import type { ForeignCell } from '../../../scripts/log/foreign-file.ts';
import { importRecorded, importText, recordedText } from './imported.ts';

const withSamples = ['json', 'jsonl'] as const;
const withoutSamples = ['csv', 'sql', 'md'] as const;

const kindOf = ({ workload: { promptTokens, generatedTokens } }: ForeignCell) =>
  generatedTokens === 0 ? 'pp' : promptTokens === 0 ? 'tg' : 'pg';
const speedOf = (cell: ForeignCell) => cell.metrics.find(({ name }) => name === 't/s');

describe.each([...withSamples, ...withoutSamples])('llama-bench -o %s', (format) => {
  it('is recognised by its content, with build, model and shapes', () => {
    const { tool, layout, toolVersion, cells } = importRecorded(`llama-bench/bench.${format}`);
    expect({ tool, layout, toolVersion }).toEqual({ tool: 'llama-bench', layout: format, toolVersion: 'de3ff81 (1)' });
    expect(cells.map(({ workload }) => [workload.promptTokens, workload.generatedTokens, workload.depth])).toEqual([
      [32, 0, 0],
      [0, 16, 0],
      [32, 16, 0],
      [32, 0, 64],
      [0, 16, 64],
      [32, 16, 64],
    ]);
    for (const { model, host } of cells) {
      expect(model.type).toBe('llama ?B F16');
      expect(host.backends).toBe('CPU');
    }
  });

  it('has its rate with its deviation, under its own definition', () => {
    for (const cell of importRecorded(`llama-bench/bench.${format}`).cells) {
      const speed = speedOf(cell);
      expect(speed?.unit).toBe('tokens/s');
      expect(speed?.definition).toMatch(/tokens \/ t of each repetition/);
      expect(speed?.source).toContain('ggml-org/llama.cpp, tools/llama-bench/llama-bench.cpp');
      expect(speed?.statistics.avg).toBeGreaterThan(0);
      expect(speed?.statistics.stddev).toBeGreaterThan(0);
    }
  });
});

describe.each(withSamples)('the repetitions in %s', (format) => {
  it('give the same rate under our definition, to the last digit that is printed', () => {
    const derived = importRecorded(`llama-bench/bench.${format}`).cells.filter((cell) => kindOf(cell) !== 'pg');
    expect(derived).toHaveLength(4);
    for (const cell of derived) {
      const speed = speedOf(cell);
      expect(speed?.ours).toMatchObject({ kind: 'derived', figure: `${kindOf(cell)}_tokens_per_s`, sameFormula: true });
      const ours = speed?.ours.kind === 'derived' ? speed.ours.value : Number.NaN;
      // avg_ts is printed with six decimals.
      expect(Math.abs(ours - (speed?.statistics.avg ?? 0))).toBeLessThan(1e-6);
      expect(cell.workload.samples).toBe(4);
    }
  });

  it('are not taken apart where prompt and generation were timed as one', () => {
    const together = importRecorded(`llama-bench/bench.${format}`).cells.filter((cell) => kindOf(cell) === 'pg');
    expect(together.map((cell) => speedOf(cell)?.ours.kind)).toEqual(['not derivable', 'not derivable']);
  });
});

it.each(withoutSamples)('%s has averages only, so nothing is derived from it', (format) => {
  for (const cell of importRecorded(`llama-bench/bench.${format}`).cells) {
    const ours = speedOf(cell)?.ours;
    expect(ours?.kind).toBe('not derivable');
    if (kindOf(cell) !== 'pg')
      expect(ours).toMatchObject({ reason: expect.stringContaining(`the ${format} of llama-bench`) });
  }
});

describe('other versions', () => {
  it('before there was a depth, with backends as flags', () => {
    const [test] = JSON.parse(recordedText('llama-bench/bench.json'));
    const { n_depth, backends, ...older } = test;
    const { cells } = importText(JSON.stringify([{ ...older, cuda: true, f16_kv: true }]));
    expect(cells[0]?.workload.depth).toBeNull();
    expect(cells[0]?.settings).toMatchObject({ cuda: true, f16_kv: true, n_threads: 1 });
  });

  it('a table of 2023, copied without the line of the build', () => {
    const text = [
      '| model                | size     | params | backend | ngl | test   |           t/s |',
      '| -------------------- | -------: | -----: | ------- | --: | ------ | ------------: |',
      '| llama 7B mostly Q4_0 | 3.56 GiB | 6.74 B | CUDA    |  -1 | tg 128 | 132.19 ± 0.55 |',
    ].join('\n');
    const { toolVersion, cells } = importText(`ggml_init_cublas: found 1 CUDA devices\n${text}\n`);
    expect(toolVersion).toBeNull();
    expect(cells[0]).toMatchObject({
      workload: { promptTokens: 0, generatedTokens: 128 },
      settings: { ngl: '-1', size: '3.56 GiB' },
      metrics: [{ statistics: { avg: 132.19, stddev: 0.55 } }],
    });
  });

  it('a value of SQL with a quote in it, which llama-bench does not escape', () => {
    const sql = recordedText('llama-bench/bench.sql').replaceAll('configs/tiny/tiny', "it's/tiny");
    expect(importText(sql).cells[0]?.model.name).toBe("it's/tiny-chat-f16.gguf");
  });

  it('one line of JSON Lines', () => {
    const [line = ''] = recordedText('llama-bench/bench.jsonl').split('\n');
    expect(importText(`${line}\n`)).toMatchObject({ layout: 'jsonl', cells: [{ workload: { promptTokens: 32 } }] });
  });
});
