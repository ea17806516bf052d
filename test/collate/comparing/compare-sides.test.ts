import { describe, expect, it } from 'vitest';
import { comparisonSchema } from '../../../collate/comparing/comparison.ts';
import { comparisonMarkdown } from '../../../collate/comparing/markdown.ts';
import { comparisonText } from '../../../collate/comparing/text.ts';
import { comparisonOf, madeRuns } from './made-sides.ts';

const verdictsOf = ({ rows }: ReturnType<typeof comparisonOf>) =>
  Object.fromEntries(rows.map(({ metric, verdict }) => [metric, verdict]));

describe('a known ratio', () => {
  it('of a slowed copy is found in every figure that it slows, and in no other', () => {
    const report = comparisonOf(madeRuns({ seed: 1 }), madeRuns({ seed: 2, speed: 0.93 }));
    expect(verdictsOf(report)).toEqual({
      decode_tokens_per_s: 'regression',
      prefill_tokens_per_s: 'regression',
      ttft_ms: 'regression',
      peak_rss_bytes: 'unchanged',
    });
    const decode = report.rows.find(({ metric }) => metric === 'decode_tokens_per_s');
    expect(decode?.ratio?.interval?.low).toBeLessThan(0.93);
    expect(decode?.ratio?.interval?.high).toBeGreaterThan(0.93);
    expect(decode?.p).toBeLessThan(0.01);
    expect(report.sentence).toMatch(/^From before to after, of 4 figures of 1 cell: 3 got worse \(/);
    expect(report.sentence).toContain('none got better');
  });

  it('of a faster one is found by the same tests', () => {
    const report = comparisonOf(madeRuns({ seed: 1 }), madeRuns({ seed: 2, speed: 1 / 0.93 }));
    expect(verdictsOf(report)).toMatchObject({ decode_tokens_per_s: 'improvement', ttft_ms: 'improvement' });
    expect(report.sentence).toContain('none got worse');
  });

  it('of a twin is not, but in one of a hundred pairs of sides as it is allowed', () => {
    const alarms = Array.from({ length: 100 }, (_, i) =>
      comparisonOf(madeRuns({ seed: 1000 + i, noise: 0.05 }), madeRuns({ seed: 5000 + i, noise: 0.05 })),
    ).filter(({ rows }) => rows.some(({ verdict }) => verdict === 'regression' || verdict === 'improvement'));
    expect(alarms.length).toBeLessThanOrEqual(1);
  });

  it('below what counts is no difference, however sure it is', () => {
    const report = comparisonOf(
      madeRuns({ runs: 20, noise: 0.001, seed: 1 }),
      madeRuns({ runs: 20, noise: 0.001, seed: 2, speed: 0.99 }),
    );
    expect(report.rows.every(({ verdict }) => verdict === 'unchanged')).toBe(true);
    expect(report.rows.some(({ p }) => p !== null && p < 0.001)).toBe(true);
    expect(report.sentence).toMatch(/^No difference found .* would have been found/);
  });
});

describe('too few runs', () => {
  it('give no verdict below five a side, however large the difference', () => {
    const report = comparisonOf(madeRuns({ runs: 4, seed: 1 }), madeRuns({ runs: 20, seed: 2, speed: 0.1 }));
    expect(new Set(report.rows.map(({ verdict }) => verdict))).toEqual(new Set(['insufficient']));
    expect(report.rows.every(({ p }) => p === null)).toBe(true);
    expect(report.sentence).toContain('No verdict on 4 figures of 1 cell: there are 4 runs a side');
  });

  it('also where so many figures are compared that the exact test can show nothing, and it says how many would do', () => {
    const report = comparisonOf(madeRuns({ runs: 5, seed: 1 }), madeRuns({ runs: 5, seed: 2, speed: 0.5 }));
    expect(new Set(report.rows.map(({ verdict }) => verdict))).toEqual(new Set(['insufficient']));
    expect(report.rows[0]).toMatchObject({ runs: { base: 5, head: 5 }, smallestChange: null });
    // 2 / C(12, 6) = 0.0022 is below 0.01 / 4, and 2 / C(10, 5) = 0.0079 is not.
    expect(Math.min(...report.rows.map(({ runsNeeded }) => runsNeeded ?? 0))).toBe(6);
    const enough = comparisonOf(madeRuns({ runs: 6, seed: 1 }), madeRuns({ runs: 6, seed: 2, speed: 0.5 }));
    expect(verdictsOf(enough)).toMatchObject({ decode_tokens_per_s: 'regression' });
  });
});

describe('cells', () => {
  const quick = (report: ReturnType<typeof comparisonOf>) => [...new Set(report.rows.map(({ cell }) => cell))].sort();

  it('stand beside each other by what was measured, whatever version measured it', () => {
    const report = comparisonOf(
      [...madeRuns({ row: { threads: 1 } }), ...madeRuns({ row: { threads: 2 } })],
      [
        ...madeRuns({ row: { threads: 2, framework_version: '2.0' } }),
        ...madeRuns({ row: { threads: 1, framework_version: '2.0' } }),
      ],
    );
    expect(quick(report)).toEqual([
      'llamacpp, tiny-llama f16, questions, 1 thread',
      'llamacpp, tiny-llama f16, questions, 2 threads',
    ]);
    expect(report.changed).toEqual(['version 1.0 → 2.0']);
    expect(report.onlyIn).toEqual({ base: [], head: [] });
  });

  it('that one side alone has are listed with what the nearest of the other has instead', () => {
    const report = comparisonOf(
      [...madeRuns(), ...madeRuns({ row: { max_tokens: 256 } })],
      [...madeRuns(), ...madeRuns({ row: { quantize: 'q8_0', weight_class: '8-bit', model_sha256: 'cd'.repeat(32) } })],
    );
    expect(report.cells).toBe(1);
    expect(report.onlyIn.base).toMatchObject([{ runs: 8, nearest: ['at most 64 tokens'] }]);
    expect(report.onlyIn.head).toMatchObject([
      { cell: expect.stringContaining('q8_0'), nearest: expect.arrayContaining(['f16']) },
    ]);
    expect(comparisonText(report)).toContain('the other side has at most 64 tokens');
  });

  it('are told apart by a flag of which one side has two values, and a flag that changed is told', () => {
    const flag = (value: string) => madeRuns({ row: { flash_attention: value } });
    const both = comparisonOf([...flag('on'), ...flag('off')], [...flag('on'), ...flag('off')]);
    expect(both.cells).toBe(2);
    expect(quick(both)[0]).toContain('flash attention off');
    const changed = comparisonOf(flag('on'), flag('off'));
    expect(changed).toMatchObject({ cells: 1, changed: ['flash attention on → off'] });
    const one = comparisonOf([...flag('on'), ...flag('off')], flag('off'));
    expect(one).toMatchObject({
      cells: 1,
      changed: [],
      onlyIn: { base: [{ nearest: ['flash attention off'] }], head: [] },
    });
  });

  it('of other sessions are pooled, and those that cannot be compared are left out and counted', () => {
    const sessions = ['a', 'b'].flatMap((session) => madeRuns({ runs: 4, row: { session } }));
    const report = comparisonOf(sessions, [
      ...madeRuns(),
      ...madeRuns({ runs: 2, row: { comparable: false } }),
      ...madeRuns({ runs: 1, row: { status: 'failed' } }),
    ]);
    expect(report.rows[0]?.runs).toEqual({ base: 8, head: 8 });
    expect(report.sides.head).toMatchObject({ runs: 11, counted: 8, leftOut: { 'not comparable': 2, failed: 1 } });
  });

  it('may differ in the column that the sides were chosen by', () => {
    const [cpu, gpu] = ['cpu', 'cuda'].map((device) =>
      madeRuns({ row: { device, threads: device === 'cpu' ? 2 : null } }),
    );
    const chosen = (value: string) => [{ column: 'device', value } as const];
    expect(comparisonOf(cpu ?? [], gpu ?? []).cells).toBe(0);
    const report = comparisonOf(cpu ?? [], gpu ?? [], { base: chosen('cpu'), head: chosen('cuda') });
    expect(report).toMatchObject({ cells: 1, changed: ['cpu → cuda'] });
    expect(quick(report)).toEqual(['llamacpp, tiny-llama f16, questions']);
  });

  it('of which nothing is on both sides end in a sentence that says so', () => {
    const report = comparisonOf(madeRuns({ row: { framework: 'onnx' } }), madeRuns());
    expect(report.sentence).toBe('Nothing in after was measured as in before.');
    expect(report.rows).toEqual([]);
  });
});

describe('what else changed', () => {
  const gpus = (driver?: string) => ({
    'host.gpus': JSON.stringify([{ name: 'GPU 1', memoryBytes: 1, ...(driver === undefined ? {} : { driver }) }]),
  });
  const changedBy = (before: Parameters<typeof madeRuns>[0], after: Parameters<typeof madeRuns>[0]) =>
    comparisonOf(madeRuns(before), madeRuns(after)).changed;

  it('names the driver, and in the first line', () => {
    const report = comparisonOf(
      madeRuns({ fields: gpus('550.1') }),
      madeRuns({ seed: 2, speed: 0.9, fields: gpus('555.2') }),
    );
    expect(report.changed).toEqual(['driver 550.1 → 555.2']);
    expect(report.sentence).toMatch(/; what else changed: driver 550\.1 → 555\.2\.$/);
    expect(report.rows[0]?.changed).toEqual(['driver 550.1 → 555.2']);
  });

  it('says nothing of a driver that an older log does not have', () => {
    expect(changedBy({ fields: gpus() }, { fields: gpus('555.2') })).toEqual([]);
  });

  it.each([
    ['system', { 'host.release': '6.1' }, { 'host.release': '6.2' }, ['system 6.1 → 6.2']],
    [
      'governor',
      { 'host.governor': 'powersave' },
      { 'host.governor': 'performance' },
      ['governor powersave → performance'],
    ],
    [
      'questions',
      { 'questions.sha256': 'a'.repeat(64) },
      { 'questions.sha256': 'b'.repeat(64) },
      ['questions aaaaaaaa → bbbbbbbb'],
    ],
    ['system prompt', {}, { 'requested.system': 'Be brief.' }, ['system prompt none → Be brief.']],
    [
      'packages',
      { 'effective.build.packages': 'numpy 2.4.6, torch 2.12.0, six 1.0' },
      { 'effective.build.packages': 'numpy 2.4.6, torch 2.13.0, wheel 0.4' },
      ['packages: torch 2.12.0 → 2.13.0, without six 1.0, with wheel 0.4'],
    ],
    [
      'what a build can do',
      { 'effective.build.systemInfo': 'CPU : AVX = 1 | AVX2 = 1 | FMA = 1 | REPACK = 1 |' },
      { 'effective.build.systemInfo': 'CPU : AVX = 1 | AVX2 = 1 | FMA = 1 | REPACK = 0 |' },
      ['system info: REPACK = 1 → 0'],
    ],
    [
      'a flag by what the engine made of it',
      { 'requested.flashAttention': 'on', 'effective.settings.flashAttention': 'on' },
      { 'requested.flashAttention': 'off', 'effective.settings.flashAttention': 'off' },
      ['flash attention on → off'],
    ],
    [
      'nothing that follows from the machine being another day',
      { 'host.memoryBytes': 1 },
      { 'host.memoryBytes': 2 },
      [],
    ],
  ])('%s', (_, before, after, words) => {
    expect(changedBy({ fields: before }, { fields: after })).toEqual(words);
  });

  it('has the commit that measured, and outputs that are no longer the same', () => {
    const [before, after] = ['1', '2'].map((digit) => ({
      suite_revision: digit.repeat(40),
      output_sha256: digit.repeat(64),
      seed: 1,
      iteration: 0,
    }));
    expect(changedBy({ row: before ?? {} }, { row: after ?? {} })).toEqual([
      'commit of Tokenlap 11111111 → 22222222',
      'greedy outputs differ in 8 of 8 pairs of runs',
    ]);
  });

  it('begins the first line where hosts or weights are others', () => {
    const report = comparisonOf(
      madeRuns({ row: { hostname: 'one' } }),
      madeRuns({ seed: 3, row: { hostname: 'two', model_sha256: 'ef'.repeat(32) } }),
    );
    expect(report.sentence).toMatch(/^Different hosts \(one and two\): Different weights: No difference found/);
    expect(report.changed).toEqual(['weights abababab → efefefef', 'host one → two']);
  });
});

describe('doubts', () => {
  it('are that the sides were not measured in turns, which rounds in common take away', () => {
    const inTurns = (seed: number, framework_version: string) =>
      madeRuns({ seed, row: { framework_version } }).map((run, iteration) => ({ ...run, session: 'one', iteration }));
    expect(comparisonOf(madeRuns(), madeRuns({ seed: 2 })).doubts[0]).toContain('not measured in turns');
    expect(comparisonOf(inTurns(1, '1.0'), inTurns(2, '2.0')).doubts).toEqual([]);
  });

  it('are runs that others disturbed, unless a later try of the same turn stands in for them', () => {
    const failed = { certificate: 'failed', certificate_failed: 'others_cpu' } as const;
    const marked = comparisonOf(madeRuns(), [
      ...madeRuns({ runs: 7, seed: 2 }),
      ...madeRuns({ runs: 1, seed: 3, row: failed }),
    ]);
    expect(marked.doubts.join()).toContain('1 of 8 runs of after failed their quality checks (others_cpu)');
    expect(marked.rows[0]?.disturbed).toEqual({ base: 0, head: 1 });
    expect(comparisonText(marked)).toContain('(disturbed)');
    const turn = { session: 's', turn: 1 };
    const repeated = comparisonOf(madeRuns(), [
      ...madeRuns({ runs: 8, seed: 2 }),
      ...madeRuns({ runs: 1, seed: 3, row: { ...failed, ...turn, attempt: 0 } }),
      ...madeRuns({ runs: 1, seed: 4, row: { ...turn, attempt: 1 } }),
    ]);
    expect(repeated.sides.head.leftOut).toEqual({ 'disturbed, repeated': 1 });
    expect(repeated.rows[0]?.disturbed).toEqual({ base: 0, head: 0 });
  });

  it('are runs that stand on both sides', () => {
    const runs = madeRuns();
    expect(comparisonOf(runs, runs).doubts[0]).toBe(
      '8 runs stand on both sides: what the tests say of these figures does not hold.',
    );
  });
});

describe('the command that measures again', () => {
  const asked = (frameworks: string) => ({
    script: 'scripts/benchmark.ts',
    asked_options: JSON.stringify({ frameworks, size: 'tiny', quantize: 'f16', iterations: 2 }),
  });
  const commandOf = (runs: number, row = asked('llamacpp')) => {
    const side = (tag: string, seed: number) => madeRuns({ runs, seed, row: { ...row, tag } });
    return comparisonOf(side('old', 1), side('new', 2)).rows[0]?.command;
  };

  it('is that of both sides, under their tags and into their folders', () => {
    const [before, after, ...more] = commandOf(8)?.split(' && ') ?? [];
    expect(more).toEqual([]);
    for (const [command, side] of [
      [before, '--output before --tag old'],
      [after, '--output after --tag new'],
    ] as const) {
      expect(command).toMatch(/^npx tsx scripts\/benchmark\.ts --frameworks llamacpp .*--size tiny --quantize f16/);
      expect(command).toContain('--iterations 2');
      expect(command).toContain(side);
    }
  });

  it('asks for as many rounds as a verdict needs, where there were too few', () => {
    expect(commandOf(3)).toMatch(/--iterations (6|[1-9]\d+)\b/);
  });

  it('is none where the table names no script of ours, or nothing that can be read', () => {
    expect(commandOf(8, { ...asked('llamacpp'), script: '../../bin/sh' })).toBe('');
    expect(commandOf(8, { ...asked('llamacpp'), script: 'scripts/no-such.ts' })).toBe('');
    expect(commandOf(8, { ...asked('llamacpp'), asked_options: '{' })).toBe('');
  });
});

it('is the same again when it was written as JSON', () => {
  const report = comparisonOf(madeRuns(), madeRuns({ seed: 2, speed: 0.9 }));
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
});

it('names from logs are text in Markdown', () => {
  const report = comparisonOf(
    madeRuns({ row: { model: '[x](http://a) | <b>`' } }),
    madeRuns({ row: { model: '[x](http://a) | <b>`' } }),
  );
  const markdown = comparisonMarkdown(report);
  expect(markdown).toContain('\\[x\\](http://a) \\| &lt;b&gt;\\`');
  const rows = markdown.split('\n').filter((line) => line.startsWith('| llamacpp'));
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(12);
});
