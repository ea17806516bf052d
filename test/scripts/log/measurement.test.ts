import { expect, test } from 'vitest';
import { cellsOf, groupRuns } from '../../../collate/analysis/groups.ts';
import { differingSettings, implementationWords } from '../../../collate/analysis/measurement.ts';
import {
  leadOfEquals,
  measurementOf,
  notMeasured,
  taskOf,
  unequalConditions,
} from '../../../scripts/log/measurement.ts';
import { differingWords } from '../../../scripts/log/measurement-words.ts';
import type { Effective, Header } from '../../../scripts/log/run-log-format.ts';
import { RunReading } from '../../../scripts/results/run.ts';
import { runRow } from '../../../scripts/results/runs/runs.ts';
import { header } from '../../collate/run-records.ts';

/** With every field that a log of today has in these rooms. */
const whole: Header = {
  ...header(1, 'llamacpp'),
  session: { uuid: '3c341e66-8568-4ad6-af2a-079aceaabff2', order: 0, iteration: 0 },
  requested: {
    ...{ threads: 2, device: 'auto', gpuLayers: 'auto', contextTokens: 512, batchTokens: 512, flashAttention: 'auto' },
    ...{ kvType: 'auto', precision: 'auto', compile: false, deviceCount: 1, shard: 'layers', sequences: 1 },
    ...{ embedding: true, warmUp: 'auto', maxTokens: 128, temperature: 0, rounds: 1, firstRound: 0 },
    ...{ ignoreEndOfSequence: false, system: 'Be brief.', batchTexts: 8, nPrompt: 512, nGen: 128, depth: 0 },
    ...{ repetitions: 5, load: 'ramp=8', loadSeconds: 10, reference: 'llamacpp:f32', addedByALaterVersion: 'x' },
    ...{ timeoutSeconds: 60, textPath: 'b.txt' },
  },
  questions: { file: 'questions.json', path: 'my/questions.json', sha256: 'ab'.repeat(32), count: 26 },
};

const effective: Effective = {
  type: 'effective',
  atNs: 2e8,
  device: 'cpu',
  deviceName: 'AMD EPYC',
  comparable: true,
  settings: {
    ...{ threads: 2, gpuLayers: 0, contextTokens: 512, batchTokens: 512, flashAttention: 'on', kvType: 'f16' },
    ...{ clockResolutionNs: 5000, clockErrorNs: 120_000 },
  },
  build: { binding: 'v0.5.0', buildType: 'prebuilt', cpuBackend: 'zen4' },
  kvBytesPerPosition: 2048,
  stateBytes: 0,
  weights: { format: 'float32', bitsPerWeight: 32, bytesPerToken: 6_825_984 },
};

type Log = { header: Header; effective: Effective };
const log: Log = { header: whole, effective };

function rowOf({ header: head, effective: engine }: Log) {
  const reading = new RunReading(head);
  const run = reading.finish({ outcome: { status: 'completed', error: null, broken: [] }, log: 'log.txt' });
  return runRow({ ...run, effective: engine });
}

/** Dotted names of all plain values. */
function leaves(value: unknown, name: string): string[] {
  if (typeof value !== 'object' || value === null) return [name];
  if (Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${name}.${key}`));
}

/** The same with one value changed: another text, another number, the other truth. */
function changed<Value extends object>(value: Value, path: readonly string[]): Value {
  const copy = structuredClone(value);
  const rooms = path.slice(0, -1).reduce<object>((room, name) => inside(room, name), copy);
  const last = path.at(-1) ?? '';
  Object.assign(rooms, { [last]: otherThan(Object.entries(rooms).find(([name]) => name === last)?.[1]) });
  return copy;
}

function inside(room: object, name: string): object {
  const inner: unknown = Object.entries(room).find(([each]) => each === name)?.[1];
  if (typeof inner !== 'object' || inner === null) throw new Error(`no room ${name}`);
  return inner;
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${value}-other`;
}

const rooms = ['requested', 'questions', 'framework', 'host'] as const;
const fields = [...rooms.flatMap((room) => leaves(whole[room], room)), ...leaves(effective, 'effective')];

/** The sweep that a run belongs to stands for its session; the model has its hash. */
const others = ['model.sha256', 'model.name', 'model.quantization.got', 'session.uuid'];

test.each([...fields, ...others])(
  'two logs that differ in nothing but %s are two groups, unless it measures nothing',
  (field) => {
    const path = field.split('.');
    const other: Log = field.startsWith('effective.')
      ? { header: whole, effective: changed(effective, path.slice(1)) }
      : { header: changed(whole, path), effective };
    const rows = [rowOf(log), rowOf(other)];
    expect(groupRuns(rows)).toHaveLength(field in notMeasured ? 1 : 2);
  },
);

test('every field that measures nothing is one that a log has', () => {
  expect(Object.keys(notMeasured).filter((field) => !fields.includes(field))).toEqual(['host.loadAverage1m']);
});

test.each([
  ['requested.maxTokens', 2],
  ['requested.ignoreEndOfSequence', 2],
  ['requested.rounds', 2],
  ['requested.system', 2],
  ['requested.temperature', 2],
  ['questions.sha256', 2],
  ['host.hostname', 2],
  ['session.uuid', 2],
  ['framework.name', 1],
  ['framework.version', 1],
  ['requested.threads', 1],
  ['requested.kvType', 1],
])('%s makes %i comparisons', (field, cells) => {
  const rows = [rowOf(log), rowOf({ header: changed(whole, field.split('.')), effective })];
  const found = cellsOf(groupRuns(rows));
  expect(found).toHaveLength(cells);
  // Another host is another place, which needs no words.
  for (const { condition } of found) expect(condition !== '').toBe(cells === 2 && !field.startsWith('host.'));
});

const measured = (settings: Effective['settings'], requested: Header['requested'] = {}) =>
  measurementOf(
    { ...whole, requested: { ...whole.requested, ...requested } },
    { ...effective, settings: { ...effective.settings, ...settings } },
  );

test.each([
  [{ threads: 1 }, {}, '1 thread, not 2 threads'],
  [{ batchTokens: 64 }, {}, 'batch 64, not batch 512'],
  [{ contextTokens: 4096 }, {}, 'context 4096, not context 512'],
  [{}, { temperature: 0.7 }, 'temperature 0.7, not temperature 0'],
  [{ threads: 4, batchTokens: 64 }, {}, '4 threads, not 2 threads; batch 64, not batch 512'],
  // A context is rounded up to what the engine likes, and what an engine does not tell is not held against it.
  [{ contextTokens: 400 }, {}, null],
  [{ threads: null, batchTokens: null }, {}, null],
  [{ kvType: 'f32', flashAttention: 'off' }, {}, null],
])('a contender with %j and %j is no equal: %s', (settings, requested, words) => {
  expect(unequalConditions(measured(settings, requested), measured({}))).toBe(words);
});

test('labels say each difference once, by what the engine says of itself', () => {
  const all = [
    measured({}),
    measured({ threads: 1 }, { threads: 1 }),
    measured({ kvType: 'q8_0' }, { kvType: 'q8_0' }),
  ];
  expect(all.map((each) => differingWords(each, all).join(', '))).toEqual([
    'KV f16, 2 threads',
    'KV f16, 1 thread',
    'KV q8_0, 2 threads',
  ]);
});

test('what has no words of its own is named as the log names it, and a difference that nothing else tells is told', () => {
  const cold = measurementOf(whole, effective);
  const warm = measurementOf({ ...whole, requested: { ...whole.requested, warmUp: 8 } }, effective);
  expect(differingWords(warm, [cold, warm])).toEqual(['warm up 8']);
  const asked = measurementOf({ ...whole, requested: { ...whole.requested, threads: 4 } }, effective);
  expect(differingWords(asked, [cold, asked])).toEqual(['threads 4']);
});

test('what one log does not tell is no difference beside one that somebody made', () => {
  const { 'requested.rounds': _, 'effective.settings.kvType': __, ...older } = measured({});
  const newer = measured({ threads: 1 });
  expect([older, newer].map((each) => differingWords(each, [older, newer]).join(', '))).toEqual([
    'rounds unknown, 2 threads',
    '1 round, 1 thread',
  ]);
  expect(differingWords(older, [older, measured({})])).not.toEqual([]);
});

test('a task has nothing of the contender in it', () => {
  const names = Object.keys(taskOf(measurementOf(whole, effective)));
  expect(names.filter((name) => /^(effective|framework|model)\./.test(name))).toEqual([]);
  expect(names).not.toContain('requested.threads');
  expect(names).toContain('requested.addedByALaterVersion');
});

test('the lead is the contender that most others equal, not one that nobody does', () => {
  const alone = measured({ threads: 1 });
  const [first, second] = [measured({ kvType: 'f32' }), measured({})];
  expect(leadOfEquals([alone, first, second], (each) => each)).toBe(first);
  expect(leadOfEquals([alone, first], (each) => each)).toBe(alone);
  expect(leadOfEquals<typeof alone>([], (each) => each)).toBeUndefined();
});

test('arithmetic stands in the name of a contender, the implementation beside the comparison, where they are not alike', () => {
  const engineOf = (change: Partial<Effective['settings']>, build: Effective['build'] = {}): Effective => ({
    ...effective,
    settings: { ...effective.settings, spinning: false, affinity: '0-1', ...change },
    build: { ...effective.build, cpuVariant: null, ...build },
  });
  const integers = rowOf({ header: whole, effective: engineOf({ activations: 'q8_0' }, { cpuVariant: 'haswell' }) });
  const floats = rowOf({
    header: { ...whole, framework: { name: 'onnx', title: 'ONNX Runtime', version: '1' } },
    effective: engineOf({ activations: 'f32', flashAttention: null, affinity: '0', spinning: true }),
  });
  const both = [integers, floats];
  expect(both.map((row) => differingSettings(row, both))).toEqual([['q8_0 activations'], ['f32 activations']]);
  expect(both.map((row) => implementationWords(row, both))).toEqual([
    ['flash attention on', 'no thread spins', 'CPUs 0-1', 'haswell kernels'],
    ['flash attention unknown', 'idle threads spin', 'CPUs 0', 'cpu variant unknown'],
  ]);
  expect(
    both.map(({ activations, spinning, cpu_affinity, build_type, cpu_variant }) => [
      ...[activations, spinning, cpu_affinity, build_type, cpu_variant],
    ]),
  ).toEqual([
    ['q8_0', false, '0-1', 'prebuilt', 'haswell'],
    ['f32', true, '0', 'prebuilt', null],
  ]);
});

test('two versions are named by their version, not by all that their builds have in them', () => {
  const versionOf = (version: string, build: Effective['build']) =>
    measurementOf(
      { ...whole, framework: { name: 'pytorch', title: 'PyTorch', version } },
      { ...effective, build: { ...effective.build, ...build } },
    );
  const older = versionOf('1.13.1', { blas: 'open', oneDnn: '2.7.2', torch: '1.13.1', cpuCapability: 'AVX2' });
  const newer = versionOf('2.13.0', { blas: 'mkl', oneDnn: '3.7.1', torch: '2.13.0', cpuCapability: 'AVX512' });
  expect([older, newer].map((each) => differingWords(each, [older, newer]))).toEqual([
    ['version 1.13.1'],
    ['version 2.13.0'],
  ]);
  const otherLibrary = versionOf('2.13.0', { blas: 'open', oneDnn: '3.7.1', torch: '2.13.0', cpuCapability: 'AVX512' });
  expect(differingWords(otherLibrary, [newer, otherLibrary])).toEqual(['blas open']);
});

test('options of a framework are its own choice and no part of the task', () => {
  const chosen = { ...whole, requested: { ...whole.requested, TOKENLAP_ONNX_ACCURACY_LEVEL: '0' } };
  const [plain, other] = [measurementOf(whole, effective), measurementOf(chosen, effective)];
  expect(other).not.toEqual(plain);
  expect(taskOf(other)).toEqual(taskOf(plain));
});

test('runs that searched for kernels with another beam are other configurations, and are named by it', () => {
  const searching = (beam: number) =>
    rowOf({
      header: {
        ...whole,
        framework: { name: 'tinygrad', title: 'tinygrad', version: '1', settings: { tinygradBeam: beam } },
      },
      effective: { ...effective, settings: { ...effective.settings, beam } },
    });
  const rows = [0, 1, 4].map(searching);
  expect(rows.map((row) => row.beam)).toEqual([0, 1, 4]);
  expect(new Set(rows.map((row) => row.measurement)).size).toBe(3);
  expect(rows.map((row) => differingSettings(row, rows))).toEqual([
    ['no kernel search'],
    ['kernel search with beam 1'],
    ['kernel search with beam 4'],
  ]);
});

test('the build stands in the name of a contender whose framework comes in several, also where all are alike', () => {
  const inBuild = (build: Effective['build'], framework = 'llamacpp') =>
    rowOf({
      header: { ...whole, framework: { name: framework, title: framework, version: '1' } },
      effective: { ...effective, build: { ...effective.build, ...build } },
    });
  const prebuilt = inBuild({ buildType: 'prebuilt', alternatives: 'native' });
  const native = inBuild({ buildType: 'native', alternatives: 'prebuilt', compiler: 'GNU 12' });
  const other = inBuild({ buildType: 'prebuilt' }, 'onnx');
  expect([prebuilt, other].map((row) => differingSettings(row, [prebuilt, other]))).toEqual([['prebuilt'], []]);
  expect([prebuilt, native].map((row) => differingSettings(row, [prebuilt, native]))).toEqual([
    ['prebuilt'],
    ['native build'],
  ]);
  expect(prebuilt.measurement).not.toBe(native.measurement);
});
