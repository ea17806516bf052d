import { expect, test } from 'vitest';
import { backendComparison } from '../../plots/charts/backend-comparison.ts';
import { charts } from '../../plots/charts/registry.ts';
import { mainGroup } from '../../plots/data/main-group.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { answerInFull, hostSentences } from '../../plots/report/sections/answer-in-full.ts';
import { bestByFigure, contenders, machineOf, termsOf } from '../../plots/report/sections/choice.ts';
import { opening } from '../../plots/report/sections/opening.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { inputOf, pictureOf } from './drawn.ts';
import { completedRun } from './row-factory.ts';

/** Eight rounds of each, a per cent apart in a pattern that both share. */
function rounds(framework: string, rate: number, overrides: Partial<RunRow> = {}): RunRow[] {
  return Array.from({ length: 8 }, (_, iteration) => {
    const run = completedRun(
      { framework, iteration, seed: 1, uuid: `${framework}${iteration}${overrides.hostname ?? ''}`, ...overrides },
      rate * (1 + ((iteration * 7 + framework.length) % 5) / 500),
    );
    return { ...run, ...overrides };
  });
}

/** The one decodes faster, the other has the first token sooner and ends sooner. */
const decoder = rounds('decoder', 100, { ttft_ms: 80, e2e_mean_ms: 720 });
const starter = rounds('starter', 90, { ttft_ms: 8, e2e_mean_ms: 700, peak_rss_bytes: 100e6 });
const data = plotData([...decoder, ...starter]);
const [group] = data.groups;
if (group === undefined) throw new Error('there is a group');

test('the first sentence ranks by the end-to-end time of a stated answer, not by the decode rate', () => {
  const [first, second] = opening.blocks(inputOf(data));
  expect(first).toMatchObject({
    role: 'answer',
    text: expect.stringMatching(/^Use starter .*: it answers fastest, .* as fast as decoder\.$/),
  });
  expect(second).toMatchObject({
    role: 'text',
    text: expect.stringMatching(
      /^starter takes 700 ms for an answer of 64 tokens to a prompt of 40 tokens, decoder 720 ms/,
    ),
  });
});

test('each figure has its own best, and times and bytes are better where they are smaller', () => {
  const rows = bestByFigure(group).rows.map((row) => row.map(({ text }) => text));
  expect(rows.map(([title, best]) => [title, best])).toEqual([
    ['End-to-end time of an answer', 'starter'],
    ['Time to first token', 'starter'],
    ['Decode rate', 'decoder'],
    ['Prefill rate', 'decoder'],
    ['Peak memory', 'starter'],
  ]);
  expect(rows[1]?.slice(2, 6)).toEqual(['8.00 ms', 'decoder', '80.0 ms', '10.0']);
  expect(rows[2]?.[5]).toMatch(/^1\.11$/);
});

test('the contenders stand with threads, version and runs, the leader first', () => {
  const { columns, rows } = contenders(group);
  expect(columns.map(({ title }) => title).slice(-3)).toEqual(['Threads', 'Version', 'Runs']);
  expect(rows.map((row) => row.map(({ text }) => text)).map((row) => [row[0], ...row.slice(-3)])).toEqual([
    ['starter', '2', '3.22.0', '8'],
    ['decoder', '2', '3.22.0', '8'],
  ]);
});

test('page one says lengths, sampler, context, model size and machine', () => {
  const terms = `${machineOf(group)} ${termsOf(group)}`;
  for (const part of [
    '64 tokens',
    'prompt of 40 tokens',
    'greedy',
    'context 512',
    '135 million parameters',
    'AMD EPYC',
  ]) {
    expect(terms).toContain(part);
  }
});

test('a prefill rate that is a lower bound says so, and is not held against one that is not', () => {
  const bounds = rounds('bounded', 95, { prefill_is_lower_bound: true, prefill_tokens_per_s: 9000 });
  const [mixed] = plotData([...decoder, ...bounds]).groups;
  if (mixed === undefined) throw new Error('there is a group');
  const row = bestByFigure(mixed).rows.find(([title]) => title?.text === 'Prefill rate');
  expect(row?.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['≥ 9000 tokens/s', 'does not mean the same in both']),
  );
});

test('hosts are compared where there are two, and never pooled', () => {
  const other = rounds('decoder', 200, { hostname: 'box-2' });
  const [sentence, ...others] = hostSentences(plotData([...decoder, ...other]));
  expect(others).toEqual([]);
  expect(sentence).toMatch(
    /decodes 20\d tokens\/s on cpu of box-2 .*, 10\d tokens\/s on cpu of box-1 .*2\.0\d× the last/,
  );
  expect(hostSentences(data)).toEqual([]);
});

test('charts of computed traffic have no leader', () => {
  const traffic = charts.filter(({ name }) => name === 'memory_throughput' || name === 'param_throughput');
  expect(traffic).toHaveLength(2);
  for (const chart of traffic) expect(pictureOf(chart, data).title).toBe(chart.question);
});

test('over several groups the title counts verdicts, not higher figures', () => {
  const elsewhere = { hostname: 'box-2' };
  const near = [...rounds('decoder', 100, elsewhere), ...rounds('starter', 99.9, elsewhere)];
  const both = plotData([...rounds('decoder', 100), ...rounds('starter', 99.9), ...near]);
  expect(pictureOf(backendComparison, both).title).toBe('No framework is shown to decode fastest in either group');
  expect(pictureOf(backendComparison, plotData([...decoder, ...starter, ...near])).title).toBe(
    'decoder decodes fastest in 1 of 2 groups',
  );
});

test('of groups with as much to compare the latest speaks', () => {
  const session = (name: string, started_at: string) =>
    ['decoder', 'starter'].flatMap((framework) =>
      rounds(framework, 100, { hostname: name, started_at, session: name }),
    );
  const { groups } = plotData([
    ...session('a', '2026-11-29T10:00:00.000Z'),
    ...session('b', '2026-11-30T10:00:00.000Z'),
    ...session('c', '2026-11-28T10:00:00.000Z'),
  ]);
  expect(mainGroup(groups)?.hostname).toBe('b');
});

test('less memory is said with the tokenizer that another process lends', () => {
  const lent = rounds('lent', 95, {
    peak_rss_bytes: 60e6,
    tokenizer_rss_bytes: 170e6,
    peak_with_tokenizer_bytes: 230e6,
  });
  const [mixed] = plotData([...starter, ...lent]).groups;
  if (mixed === undefined) throw new Error('there is a group');
  const verdictOf = (of: typeof mixed) =>
    bestByFigure(of)
      .rows.find(([title]) => title?.text === 'Peak memory')
      ?.at(-1)?.text;
  expect(verdictOf(mixed)).toMatch(/; 230 MB with the tokenizer process of lent$/);
  expect(verdictOf(group)).not.toContain('tokenizer');
});

/** The rounds of a framework that could run in another build. */
function inBuild(runs: readonly RunRow[], buildType: string, alternatives: string): RunRow[] {
  return runs.map((run) => ({
    ...run,
    measurement: JSON.stringify({
      ...JSON.parse(run.measurement ?? '{}'),
      'effective.build.buildType': buildType,
      'effective.build.alternatives': alternatives,
    }),
  }));
}

test('a framework that was ranked in a prebuilt library is named with the command that builds it here', () => {
  const command = 'npx tsx scripts/frameworks.ts install decoder --variant native';
  const textOf = (runs: RunRow[]) => JSON.stringify(opening.blocks(inputOf(plotData(runs))));
  const prebuilt = inBuild(decoder, 'prebuilt', 'native');
  const beside = textOf([...prebuilt, ...starter]);
  expect(beside).toContain(command);
  expect(beside).toContain('Measured with a prebuilt library: decoder.');
  expect(beside).toContain('decoder · prebuilt');
  expect(textOf(prebuilt)).not.toContain(command);
  expect(textOf([...inBuild(decoder, 'native', 'prebuilt'), ...starter])).not.toContain(command);
  expect(textOf([...decoder, ...starter])).not.toContain('prebuilt');
});

test('the embedded model is not what the report is about where a larger one was compared, however much was measured of it', () => {
  const embedded = { model: 'tiny', model_source: 'embedded' };
  const third = rounds('third', 95, embedded);
  const ofTiny = [...rounds('decoder', 4000, embedded), ...rounds('starter', 3900, embedded), ...third];
  const main = (runs: readonly RunRow[]) => mainGroup(plotData(runs).groups)?.model;
  expect(main(ofTiny)).toBe('tiny');
  expect(main([...ofTiny, ...decoder])).toBe('tiny');
  const all = [...ofTiny, ...decoder, ...starter];
  expect(main(all)).toBe('smollm2-135m');
  // Nor is it ranked beside it, nor do more of its runs have to be asked for.
  const once = all.filter(({ model, iteration }) => model !== 'tiny' || iteration === 0);
  expect(JSON.stringify(answerInFull.blocks(inputOf(plotData(once))))).not.toMatch(/tiny|as many/);
});
