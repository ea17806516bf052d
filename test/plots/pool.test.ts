import { describe, expect, it } from 'vitest';
import { concurrencyLatency, concurrencyThroughput } from '../../plots/charts/concurrency.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import type { PoolRow } from '../../scripts/workloads/pool/tables.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { levelRow, levels, poolRow } from './pool-rows.ts';
import { completedRun } from './row-factory.ts';

const others = [
  poolRow({
    kind: 'cycles',
    cycles: 5,
    resident_bytes: 90e6,
    engine_bytes: 30e6,
    overhead_bytes: 60e6,
    growth_per_cycle_bytes: -2e6,
  }),
  poolRow({
    kind: 'killed',
    requests: 9,
    repeated: 1,
    failed: 0,
    lost: 0,
    ready_ms: 3000,
    answered_ms: 3200,
    note: 'killed',
  }),
];
const dataOf = (...pool: PoolRow[]) => plotData([completedRun({ workload: 'pool' })], { pool });
const once = dataOf(...levels('one'), ...others);
const thrice = dataOf(...['one', 'two', 'three'].flatMap(levels));

const textOf = (svg: string | undefined) =>
  [...(svg ?? '').matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, words]) => words);

describe('charts over the answers at a time', () => {
  it('name both kinds, the counts and the values', async () => {
    const throughput = textOf((await drawChart(concurrencyThroughput, once))?.svg);
    expect(throughput).toEqual(
      expect.arrayContaining([
        'engine processes',
        'sequences, one batch',
        'Answers at a time',
        '1',
        '2',
        '4',
        '150',
        '62.5',
      ]),
    );
    const latency = textOf((await drawChart(concurrencyLatency, once))?.svg);
    expect(latency).toEqual(expect.arrayContaining(['TTFT, median (ms)', 'TPOT, median (ms)', '40.0', '16.0']));
  });

  it('tell a gain only from three runs on', () => {
    expect(pictureOf(concurrencyThroughput, once).title).toBe('What do more answers at a time bring?');
    expect(pictureOf(concurrencyThroughput, thrice).title).toBe(
      '4 sequences, one batch give 2.50× the tokens per second of one',
    );
  });

  it('are absent where nothing was measured at a time', async () => {
    expect(await drawChart(concurrencyThroughput, dataOf(levelRow('engines', 1, 100)))).toBeNull();
    expect(await drawChart(concurrencyLatency, dataOf())).toBeNull();
  });
});

describe('the report', () => {
  const markdownOf = (data: typeof once) => renderMarkdown(reportOf(data));

  it('has memory, fragmentation and recovery of a resource pool test', () => {
    const words = markdownOf(once);
    expect(words).toContain('## Several answers and models at once');
    expect(words).toMatch(/2 engines \| 400 MB \| 240 MB \| – \| 160 MB/);
    expect(words).toMatch(/5 \| 90.0 MB \| 30.0 MB \| 60.0 MB \| −2.00 MB/);
    expect(words).toMatch(/killed \| 3.00 s \| 3.20 s \| 9 \| 1 \| 0 \| 0 \| killed/);
  });

  it('warns of lost requests, and says nothing of pools where there was none', () => {
    const lost = poolRow({ kind: 'killed', lost: 2, note: 'one engine was killed' });
    expect(markdownOf(dataOf(lost))).toContain('2 requests were lost without a word: one engine was killed.');
    expect(markdownOf(dataOf())).not.toContain('Several answers');
  });
});
