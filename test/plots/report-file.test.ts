/** report.json: what its schema says, and nothing that the tables do not say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { generatePlots } from '../../plots/generate.ts';
import { reportFileSchema } from '../../plots/report/report-file.ts';
import { resultsOf } from '../../plots/report/results.ts';
import { manyGroups } from './many-groups.ts';
import { pythonComparison } from './python-frameworks.ts';
import { completedRun, shapedRuns } from './row-factory.ts';
import { writeTables } from './table-files.ts';

const runs = [
  ...shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0', 'Q4_0'], runs: 6 }).map((run) =>
    run.framework === 'pytorch' ? { ...run, prefill_is_lower_bound: true, warnings: 'not_warm; busy_machine' } : run,
  ),
  completedRun({ workload: 'kernel', uuid: 'kernel-1', pp_tokens_per_s: 777.5, tg_tokens_per_s: 54.25, n_prompt: 512 }),
  completedRun({
    framework: 'onnx',
    status: 'failed',
    error: 'no such file',
    remedy: 'Name another.',
    uuid: 'failed-1',
  }),
];

describe('report.json', () => {
  it('keeps its schema, and every figure equals the cell of runs.csv', async () => {
    const output = writeTables(runs);
    await generatePlots({ output, formats: ['json'] });
    const file = reportFileSchema.parse(JSON.parse(readFileSync(join(output, 'report', 'report.json'), 'utf8')));
    const csv = readFileSync(join(output, 'runs.csv'), 'utf8');
    const cells = new Map(
      Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true }).data.map((row) => [
        row.uuid,
        row,
      ]),
    );
    const results = [
      ...file.results.groups.flatMap((group) => group.results),
      ...file.results.kernel.map(({ result }) => result),
    ];
    expect(results).toHaveLength(5);
    let compared = 0;
    for (const { metrics } of results) {
      for (const { name, values, n, mean, interval } of metrics) {
        expect(values).toHaveLength(n);
        for (const { run, value } of values) {
          expect(value).toBe(Number(cells.get(run)?.[name]));
          compared++;
        }
        const product = values.reduce((sum, { value }) => sum + Math.log(value), 0) / n;
        if (values.every(({ value }) => value > 0)) expect(mean).toBeCloseTo(Math.exp(product), 6);
        expect(interval === null).toBe(n < 3);
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  it('has verdicts, warnings with their codes, hosts, models and what did not run', () => {
    const results = reportFileSchema.shape.results.parse(resultsOf(pythonComparison()));
    const fourBit = results.groups.find((group) => group.weight_class === '4-bit');
    expect(fourBit?.results.find(({ framework }) => framework === 'hybrid')).toMatchObject({
      ranked: false,
      parity: 'failed',
      not_ranked_because: expect.stringContaining('first divergence at token 3'),
    });
    expect(
      fourBit?.comparisons.find(({ metric, beside }) => metric === 'decode_tokens_per_s' && beside === 'next'),
    ).toEqual(
      expect.objectContaining({ faster: 'llamacpp', slower: 'tinygrad', decision: 'faster', better: 'higher' }),
    );
    for (const { comparisons, results: named } of results.groups) {
      const names = named.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const { faster, slower } of comparisons) expect(names).toEqual(expect.arrayContaining([faster, slower]));
    }
    expect(results.hosts).toEqual([
      expect.objectContaining({ hostname: 'box-1', memory_bytes: 24e9, devices: ['cpu'] }),
    ]);
    expect(results.models.map(({ quantize }) => quantize)).toContain('Q4_0');
    expect(results.did_not_run).toEqual([
      expect.objectContaining({ framework: 'mlc', status: 'missing', error: 'no Chromium with WebGPU was found' }),
    ]);
    const crowded = reportFileSchema.shape.results.parse(resultsOf(manyGroups()));
    expect(crowded.warnings.find(({ code }) => code === 'software_device')).toEqual({
      code: 'software_device',
      runs: 27,
      workloads: ['qa'],
      frameworks: ['mlc'],
    });
    expect(crowded.did_not_run).toHaveLength(9);
  });
});
