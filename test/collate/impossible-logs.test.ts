/**
 * What no run can have written is named with file and line, and counts nowhere. The logs are real ones of the embedded model,
 * shortened in nothing, without the checksum that newer ones end with: it is the content that has to give a change away.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readRun } from '../../collate/logs/read-run.ts';
import { readTable } from '../../collate/tables/read.ts';
import { readPlotData } from '../../plots/data/read-plot-data.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { reportOf } from '../plots/drawn.ts';
import { changed, drawing, type LogRecord, logOf, noisy, recordsOf } from './log-mutator.ts';
import { outputFolder } from './output-folder.ts';

const folder = join(import.meta.dirname, 'recorded');
const recorded = new Map(
  readdirSync(folder).map((file) => [file.replace(/\.txt$/, ''), readFileSync(join(folder, file), 'utf8')]),
);
const names = [...recorded.keys()];

function recordsNamed(name: string): LogRecord[] {
  const log = recorded.get(name);
  if (log === undefined) throw new Error(`there is no recorded log ${name}`);
  return recordsOf(log);
}

/** Problems as the collation has them: kind, line and reason. */
function problemsOf(content: string | Buffer) {
  const output = outputFolder();
  const log = output.file('llamacpp/log.txt', content);
  const read = readRun(output.raw(log), () => {}, log);
  return { status: read?.run.outcome.status ?? null, error: read?.run.outcome.error, problems: read?.problems ?? [] };
}

it.each(names)('the real log of %s breaks nothing', (name) => {
  const { problems } = problemsOf(recorded.get(name) ?? '');
  expect(problems.filter(({ kind }) => kind.startsWith('broken'))).toEqual([]);
});

type Change = (records: LogRecord[]) => LogRecord[];

const at = (records: readonly LogRecord[], type: string, nth = 0): number => {
  const places = records.flatMap((record, i) => (record.type === type ? [i] : []));
  const place = places.at(nth);
  if (place === undefined) throw new Error(`no record ${nth} of ${type}`);
  return place;
};

/** Another value in one record. */
const edit =
  (type: string, nth: number, change: (record: LogRecord) => Partial<LogRecord>): Change =>
  (records) => {
    const place = at(records, type, nth);
    const record = records[place];
    if (record === undefined) throw new Error('no record');
    const next: LogRecord = { ...record };
    Object.assign(next, change(record));
    return records.with(place, next);
  };
const lose =
  (type: string, nth = 0): Change =>
  (records) =>
    records.toSpliced(at(records, type, nth), 1);
const without =
  (isLost: (record: LogRecord) => boolean): Change =>
  (records) =>
    records.filter((record) => !isLost(record));
const twice =
  (type: string, nth = 0): Change =>
  (records) =>
    records.toSpliced(at(records, type, nth), 0, ...records.slice(at(records, type, nth), at(records, type, nth) + 1));
const swap =
  (type: string, a: number, b: number): Change =>
  (records) => {
    const [one, other] = [at(records, type, a), at(records, type, b)];
    const [first, second] = [records[one], records[other]];
    if (first === undefined || second === undefined) throw new Error('no record');
    return records.with(one, second).with(other, first);
  };
const plus = (name: string, by: number) => (record: LogRecord) => ({ [name]: Number(record[name]) + by });
const set = (change: Partial<LogRecord>) => () => change;
/** Another value deep inside of one record. */
const rewrite =
  (type: string, from: RegExp, to: string): Change =>
  (records) => {
    const place = at(records, type);
    const record: LogRecord = JSON.parse(JSON.stringify(records[place]).replace(from, to));
    return records.with(place, record);
  };

it.each<[what: string, log: string, change: Change, says: RegExp]>([
  ['more cores than processors', 'qa', rewrite('header', /"physicalCores":2/, '"physicalCores":9'), /9 physical cores/],
  [
    'a load average below nothing',
    'qa',
    rewrite('header', /"loadAverage1m":/, '"loadAverage1m":-'),
    /a load average of -\d/,
  ],
  [
    'a sha256 that is none',
    'qa',
    rewrite('header', /"sha256":"[0-9a-f]{64}","parameters"/, '"sha256":"f00","parameters"'),
    /sha256 of the model is no sha256/,
  ],
  [
    'a sha256 of a prompt that is none',
    'qa',
    edit('answer', 1, set({ promptTokensSha256: 'f00' })),
    /answer 1: the sha256 of its prompt/,
  ],
  ['a token id below 0', 'qa', edit('token', 1, set({ id: -1 })), /answer 0 has a step 1 with the token id -1/],
  [
    'a loaded model before it was loaded',
    'qa',
    (records) => {
      const ended = records.find(({ name, edge }) => name === 'model_load' && edge === 'end');
      const earlier = { atNs: Number(ended?.atNs) - 1 };
      return records.map((record) => (record.moment === 'loaded' ? { ...record, ...earlier } : record));
    },
    /memory of "loaded" was read at \d+ ns, and the model was loaded at/,
  ],
  [
    'more cached prompt tokens than prompt tokens',
    'load',
    edit('load_request', 0, set({ promptTokens: 3, cachedPromptTokens: 4 })),
    /has 4 cached prompt tokens, of 3/,
  ],
  [
    'more positions than the model has',
    'qa',
    (records) =>
      edit(
        'answer',
        1,
        set({ promptTokens: 900 }),
      )(rewrite('effective', /"contextTokens":512/, '"contextTokens":4096')(records)),
    /of a model of 512 positions/,
  ],
  [
    'a run of another workload',
    'qa',
    edit('header', 0, set({ workload: 'kernel' })),
    /line of answer in a run of the workload kernel/,
  ],
  [
    'answers of a kernel run',
    'kernel',
    edit('header', 0, set({ workload: 'qa' })),
    /line of kernel in a run of the workload qa/,
  ],
  [
    'a start apart from the submission',
    'qa',
    edit('answer', 1, plus('startNs', -5e6)),
    /starts \d+ ns before its submission/,
  ],
  ['a template that took longer', 'qa', edit('answer', 1, plus('templateNs', 1e6)), /template and tokenisation took/],
  ['a hole in the answers', 'qa', edit('answer', -1, plus('answer', 1)), /stands where answer \d+ belongs/],
  ['an answer that comes twice', 'qa', twice('answer', -1), /claims \d+ tokens, but 0/],
  ['a lost answer', 'qa', lose('answer', 2), /tokens, but no answer line/],
  ['a lost token', 'qa', lose('token', 4), /stands where step|claims \d+ tokens, but/],
  ['a step that is told twice', 'qa', twice('token', 4), /stands where step/],
  ['tokens that change places', 'qa', swap('token', 1, 2), /stands where step/],
  ['a token before the one it follows', 'qa', edit('token', 2, plus('atNs', -1e9)), /came \d+ ns before/],
  [
    'a text that its tokens do not have',
    'qa',
    edit('answer', 1, set({ text: 'Something else.' })),
    /but its tokens are/,
  ],
  [
    'a wrong answer that is correct',
    'qa',
    edit('answer', -1, (record) => ({ correct: record.correct !== true })),
    /is (correct|wrong), but/,
  ],
  ['a cold answer later on', 'qa', edit('answer', 2, set({ phase: 'cold' })), /is cold, and not the first/],
  [
    'a warm-up behind the measurement',
    'qa',
    edit('answer', -1, set({ phase: 'warmup' })),
    /of the phase warmup, behind/,
  ],
  ['a round that is left out', 'qa', edit('answer', -1, plus('round', 3)), /is in round \d+, behind round/],
  [
    'a question twice in a round',
    'qa',
    edit('answer', -1, (record) => ({ questionId: record.questionId === 'a' ? 'b' : 'a' })),
    /comes twice in round|is another one than before/,
  ],
  ['a prompt of other tokens', 'qa', edit('answer', -1, plus('promptTokens', 1)), /is another one than before/],
  ['an order of another seed', 'qa', edit('header', 0, set({ seed: 77 })), /where the order that seed 77 draws has/],
  ['more arrivals than instants', 'qa', edit('answer', 1, plus('arrivals', -1)), /claims \d+ arrivals/],
  ['a warm-up of more tries', 'qa', edit('warm_up', 0, plus('tries', 1)), /claims \d+ tries, but/],
  ['a warm-up of more tokens', 'qa', edit('warm_up', 0, plus('tokens', 5)), /claims \d+ tokens, and its tries have/],
  [
    'a span that is never closed',
    'qa',
    without((record) => record.name === 'model_load' && record.edge === 'end'),
    /model_load was never closed|model_load, which began in it/,
  ],
  [
    'a span that ends without a start',
    'qa',
    without((record) => record.name === 'model_load' && record.edge === 'start'),
    /model_load ends without a start/,
  ],
  [
    'a question outside of its span',
    'qa',
    edit('checkpoint', -1, plus('atNs', -1e12)),
    /before it starts|lies outside|before the run began/,
  ],
  [
    'no effective settings',
    'qa',
    without(({ type }) => type === 'effective'),
    /without effective settings|before the effective settings/,
  ],
  [
    'no memory',
    'qa',
    without(({ type }) => type === 'memory'),
    /without its memory: baseline, framework, loaded, peak/,
  ],
  ['a moment of memory that comes twice', 'qa', twice('memory', 0), /is told twice|is no later/],
  ['no run quality for its samples', 'qa', without(({ type }) => type === 'certificate'), /without its run quality/],
  [
    'a run quality that passed by failed checks',
    'qa',
    edit('certificate', 0, (record) => ({ status: record.status === 'failed' ? 'passed' : 'failed' })),
    /the run quality/,
  ],
  [
    'a line behind the closing line',
    'qa',
    (records) => [...records, ...records.slice(-2, -1)],
    /stands behind the closing line/,
  ],
  ['two closing lines', 'qa', twice('end'), /stands behind the closing line/],
  [
    'an hour on the wall in a run of seconds',
    'qa',
    edit('end', 0, (record) => ({ endedAt: new Date(Date.parse(String(record.endedAt)) + 3.6e6).toISOString() })),
    /by the wall clock and/,
  ],
  ['an end before its last answer', 'qa', edit('end', 0, set({ atNs: 1 })), /the run ends at 1 ns/],
  [
    'a file smaller than its weights',
    'qa',
    edit('header', 0, (record) => ({ model: Object.assign({}, record.model, { fileBytes: 1000 }) })),
    /of a file of 1000 B|do not fit into a file/,
  ],
  [
    'kernel tokens that nobody asked for',
    'kernel',
    edit('kernel', -1, plus('tokens', 1)),
    /tokens, not the \d+ asked for/,
  ],
  ['a kernel test at another depth', 'kernel', edit('kernel', -1, plus('depth', 4)), /is at depth 4, not 0/],
  ['fewer repetitions than asked for', 'kernel', lose('kernel', -1), /repetitions of tg, not the 2 asked for/],
  [
    'repetitions that overlap',
    'kernel',
    edit('kernel', 1, plus('durationNs', 1e12)),
    /begins before the one before it ended|the run ends/,
  ],
  ['a batch that is left out', 'embedding', lose('embedding', 1), /stands where batch|claims \d+ tries/],
  ['vectors of another length', 'embedding', edit('embedding', -1, plus('dimensions', 1)), /has vectors of/],
  [
    'feedback on an answer that nobody gave',
    'chat',
    (records) => records.toSpliced(-1, 0, { type: 'feedback', answer: 99, rating: 'good', comment: '' }),
    /feedback on answer 99/,
  ],
  [
    'a parity verdict against its questions',
    'parity',
    edit('parity_verdict', 0, set({ passed: false, reasons: ['made up'] })),
    /by its questions and tolerances it passed/,
  ],
  ['a parity question less', 'parity', lose('parity', 1), /a verdict on \d+ of \d+ questions|does not stand behind/],
  ['a task of another seed', 'accuracy', edit('task', 0, plus('seed', 1)), /has the seed \d+, and the run/],
  [
    'an interval that its counts do not have',
    'accuracy',
    edit('task_result', 0, set({ ciLow: 0 })),
    /the interval 0 to/,
  ],
  [
    'an item less than the task has',
    'accuracy',
    (records) => edit('task', 0, plus('items', 1))(records),
    /a result of \d+ items, of/,
  ],
  [
    'a perplexity with another error',
    'perplexity',
    edit('perplexity', 0, (record) => ({ topHits: Object.assign({}, record.topHits, { error: 0.5 }) })),
    /topHits is/,
  ],
  [
    'a chunk that took longer',
    'perplexity',
    edit('perplexity', 0, plus('durationNs', 1e9)),
    /it took \d+ ns, and its chunks/,
  ],
  ['a request of a load test less', 'load', lose('load_request', 1), /stands where request|claims \d+ requests/],
  [
    'more requests at a time than clients',
    'load',
    edit('load_request', 0, plus('endNs', 9e8)),
    /requests at a time of 1 clients|outside of its time/,
  ],
  [
    'a stage that nobody asked for',
    'load',
    edit('load_stage', 0, set({ shape: { kind: 'open', arrivals: 'poisson', perSecond: 3 } })),
    /was asked for/,
  ],
  ['a pool request less', 'pool', lose('pool_request', 1), /stands where request|were sent, and/],
  [
    'a level of more answers at a time',
    'pool',
    edit('pool_level', -1, plus('concurrency', 1)),
    /answers at a time, of/,
  ],
  ['a load cycle less', 'pool', lose('pool_cycle', 0), /stands where cycle|load cycles, and/],
  [
    'an answer longer than was asked for',
    'qa',
    edit('header', 0, (record) => ({ requested: Object.assign({}, record.requested, { maxTokens: 1 }) })),
    /has 23 tokens of at most 1/,
  ],
  ['an answer cut for no reason', 'qa', edit('answer', -1, set({ stop: 'length' })), /was cut after \d+ tokens, of 24/],
  [
    'more tokens than the context holds',
    'qa',
    edit('effective', 0, (record) => ({ settings: Object.assign({}, record.settings, { contextTokens: 8 }) })),
    /in a context of 8/,
  ],
  ['answers without a prompt', 'qa', edit('answer', 0, set({ promptTokens: 0 })), /answer 0 has no prompt/],
  [
    'one prompt of two questions',
    'qa',
    (records) =>
      edit('answer', 1, set({ promptTokensSha256: records[at(records, 'answer')]?.promptTokensSha256 ?? '' }))(records),
    /another question has the same prompt/,
  ],
  [
    'more cores to be used than there are',
    'qa',
    rewrite('header', /"cores":\d+/, '"cores":512'),
    /512 cores to be used, of 2/,
  ],
  [
    'more memory to be used than there is',
    'qa',
    rewrite('header', /"memoryBytes":\d+,"memoryBoundBy"/, '"memoryBytes":1125899906842624,"memoryBoundBy"'),
    /B of memory to be used, of/,
  ],
  [
    'memory that the machine does not have',
    'qa',
    (records) =>
      records.map((record): LogRecord => (record.moment === 'peak' ? { ...record, residentBytes: 2 ** 52 } : record)),
    /B resident, on a machine of/,
  ],
  [
    'memory of another moment',
    'qa',
    (records) =>
      records.map((record): LogRecord => {
        if (record.moment !== 'baseline' && record.moment !== 'loaded') return record;
        return { ...record, moment: record.moment === 'loaded' ? 'baseline' : 'loaded' };
      }),
    /memory of "framework" is told behind that of "loaded"/,
  ],
  [
    'processors that worked longer than they were there',
    'qa',
    (records) => edit('conditions', -1, plus('busyMsTotal', 1e8))(records),
    /2 processors worked for/,
  ],
  [
    'weights of four bits that take sixteen',
    'qa',
    edit('header', 0, ({ model }) => ({ model: Object.assign({}, model, { effectiveBitsPerWeight: 4.5 }) })),
    /of 1706240 weights of 4.5 bits/,
  ],
  [
    'a format of another class',
    'qa',
    rewrite('header', /"got":"f16"/, '"got":"q4_0"'),
    /q4_0 is of the class 4-bit, not 16-bit/,
  ],
  ['a run quality without checks', 'qa', edit('certificate', 0, set({ checks: [] })), /has no checks/],
  [
    'a fixed warm-up of another number',
    'qa',
    edit('header', 0, (record) => ({ requested: Object.assign({}, record.requested, { warmUp: 9 }) })),
    /a warm-up of 2 tries, and 9 were asked for/,
  ],
  [
    'an engine that was ready behind its answers',
    'qa',
    (records) => edit('effective', 0, set({ atNs: records[at(records, 'answer', 3)]?.startNs ?? 0 }))(records),
    /and the engine was ready at/,
  ],
  [
    'a completed run with an error',
    'qa',
    edit('end', 0, set({ error: { message: 'out of memory' } })),
    /completed, and names an error/,
  ],
  [
    'a round of texts with more tokens',
    'embedding',
    edit('embedding', -1, plus('tokens', 50)),
    /tokens, and the one before it/,
  ],
  ['more arrivals of a pool than tokens', 'pool', edit('pool_request', 0, set({ arrivals: 99 })), /in 99 arrivals/],
  [
    'more tokens of a pool than asked for',
    'pool',
    edit('pool_request', 0, set({ tokens: 448, tokensInTime: 448 })),
    /448 tokens of at most 64/,
  ],
])('%s is named with file and line', (_, name, change, says) => {
  const { status, error, problems } = problemsOf(logOf(change(recordsNamed(name))));
  const found = problems.filter(({ kind }) => kind === 'broken_invariant');
  expect(found.map(({ reason }) => reason).join('\n')).toMatch(says);
  for (const { line } of found) expect(line).toBeGreaterThan(0);
  expect(status).toBe('failed');
  expect(error).toMatch(/^the log says what cannot be: raw\/llamacpp\/log\.txt:\d+: /);
});

it('bytes that are no UTF-8 are named with their line, and replaced by nothing', () => {
  const log = Buffer.from(recorded.get('qa') ?? '');
  const place = log.indexOf('"question":"') + 14;
  const line = log.subarray(0, place).toString().split('\n').length;
  const { status, problems } = problemsOf(
    Buffer.concat([log.subarray(0, place), Buffer.from([0xff]), log.subarray(place)]),
  );
  expect(problems).toContainEqual({ kind: 'broken_line', line, reason: `line ${line} is not UTF-8` });
  expect(status).toBe('failed');
});

it('the name of a log says its seed and its run', () => {
  const [header] = recordsNamed('qa');
  const output = outputFolder();
  const file = (seed: number, uuid: string) =>
    output.file(`llamacpp/h_tiny_f16_seed${seed}_uuid${uuid}.txt`, recorded.get('qa') ?? '');
  const reasons = (log: string) => readRun(output.raw(log), () => {}, log)?.problems.map(({ reason }) => reason);
  expect(reasons(file(Number(header?.seed), String(header?.uuid)))).toEqual([]);
  expect(reasons(file(7, String(header?.uuid)))).toEqual([
    `the seed is ${header?.seed}, and in the name of the file 7`,
  ]);
  const other = '00000000-0000-4000-8000-000000000001';
  expect(reasons(file(42, other))?.[0]).toContain(`in the file of the run ${other}`);
});

/** Closing lines with the checksum that the log had before it was changed. */
function sealedAs(records: readonly LogRecord[], crc: number): LogRecord[] {
  return records.map((record): LogRecord => (record.type === 'end' ? { ...record, crc32: crc } : record));
}

/** The log as newer runs close it. */
function sealed(records: readonly LogRecord[]): string {
  const before = logOf(records.slice(0, -1));
  return before + logOf(records.slice(-1).map((record): LogRecord => ({ ...record, crc32: crc32(before) })));
}

it('a log with a checksum gives away every change, and none that other line breaks make', () => {
  const log = sealed(recordsNamed('qa'));
  expect(problemsOf(log).problems).toEqual([]);
  expect(problemsOf(log.replaceAll('\n', '\r\n')).problems).toEqual([]);
  const other = log.replace(/"residentBytes":(\d)/, (_, digit) => `"residentBytes":${(Number(digit) % 9) + 1}`);
  expect(problemsOf(other).problems.map(({ reason }) => reason)).toContain(
    'the log was changed after it was written: its closing line has another checksum',
  );
});

it('a broken log is in the table of what did not run, with file and line, and in no comparison', async () => {
  const output = outputFolder();
  output.file('llamacpp/whole.txt', recorded.get('qa') ?? '');
  const records = edit('answer', 1, set({ text: 'Something else.' }))(recordsNamed('qa'));
  const uuid = '00000000-0000-4000-8000-000000000002';
  output.file('llamacpp/broken.txt', logOf(edit('header', 0, set({ uuid }))(records)));
  const { problems } = await collateAll({ output: output.path });
  expect(problems).toMatchObject([{ log: 'llamacpp/broken.txt', kind: 'broken_invariant' }]);
  const line = problems[0]?.line;
  expect(
    readTable(output.path, runsTable)
      .map(({ status }) => status)
      .sort(),
  ).toEqual(['completed', 'failed']);
  const data = await readPlotData(output.path);
  expect(data.groups.flatMap(({ members }) => members.flatMap(({ runs }) => runs))).toHaveLength(1);
  const report = JSON.stringify(reportOf(data).sections.find(({ id }) => id === 'did-not-run'));
  expect(report).toContain(`raw/llamacpp/broken.txt:${line}: answer 1 is `);
});

it.each(['pool_level', 'pool_recovery'])(
  'a run killed among the requests of a %s was killed, and nothing else',
  (type) => {
    const records = recordsNamed('pool');
    const place = at(records, type, 0);
    for (const behind of [1, 2]) {
      const { status, problems } = problemsOf(logOf(records.slice(0, place + behind)));
      expect(status).toBe('killed');
      expect(problems.map(({ kind }) => kind)).toEqual(['killed']);
    }
  },
);

it('a log that was copied under another uuid counts once, whenever the copy comes', async () => {
  const copy = '00000000-0000-4000-8000-00000000c0b1';
  const records = recordsNamed('qa');
  const original = logOf(sealedAs(records, crc32(logOf(records.slice(0, -1)))));
  const copied = original.replace(String(records[0]?.uuid), copy);
  const output = outputFolder();
  output.file('llamacpp/a.txt', original);
  output.file('llamacpp/b.txt', copied);
  const first = await collateAll({ output: output.path });
  expect(first.duplicates).toBe(1);
  expect(first.problems).toMatchObject([
    {
      kind: 'duplicate',
      log: 'llamacpp/b.txt',
      reason: expect.stringMatching(/a copy of llamacpp\/a\.txt under another uuid/),
    },
  ]);
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  output.file('llamacpp/c.txt', copied.replace(copy, '00000000-0000-4000-8000-00000000c0b2'));
  const second = await collateAll({ output: output.path });
  expect(second).toMatchObject({ duplicates: 2, logs: { unchanged: 2, setAside: 1 } });
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  expect((await collateAll({ output: output.path })).logs.unchanged).toBe(3);
  rmSync(output.raw('llamacpp/a.txt'));
  expect((await collateAll({ output: output.path, rebuild: true })).duplicates).toBe(1);
  expect(readTable(output.path, runsTable)).toHaveLength(1);
});

it('of two such logs that come together the one counts whose checksum holds', async () => {
  const records = recordsNamed('qa');
  const original = logOf(sealedAs(records, crc32(logOf(records.slice(0, -1)))));
  const copied = original.replace(String(records[0]?.uuid), '00000000-0000-4000-8000-00000000c0b1');
  const output = outputFolder();
  output.file('llamacpp/a.txt', copied);
  output.file('llamacpp/b.txt', original);
  await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toMatchObject([{ log: 'llamacpp/b.txt', status: 'completed' }]);
});

const noiseTries = 40;

it.each(names)('noise on the bytes and lines of the log of %s is read to the end', (name) => {
  const draw = drawing(names.indexOf(name) + 1);
  const output = outputFolder();
  const path = output.raw(output.file('llamacpp/log.txt', ''));
  for (let i = 0; i < noiseTries; i++) {
    let log: Buffer = Buffer.from(recorded.get(name) ?? '');
    for (let times = 0; times <= draw.index(3); times++) if (log.length > 2) log = noisy(log, draw);
    writeFileSync(path, log);
    expect(() => readRun(path, () => {})).not.toThrow();
  }
});

const meaningTries = 60;
/** A sample of memory or machine less, or another figure among those that are possible, is what no content can give away. */
const isSample = (kind: string) => /memory|conditions/.test(kind);
const leastNamed = { all: 0.65, work: 0.75 };

it('changes with a meaning are named, most by the content alone, and all with the checksum', () => {
  const draw = drawing(20261129);
  const output = outputFolder();
  const path = output.raw(output.file('llamacpp/log.txt', ''));
  const problems = (log: string) => {
    writeFileSync(path, log);
    return readRun(path, () => {})?.problems.length ?? 1;
  };
  const tried: Array<{ kind: string; named: boolean; namedBySeal: boolean }> = [];
  for (const name of names.filter((each) => recordsNamed(each).at(-1)?.status === 'completed')) {
    const records = recordsNamed(name);
    const crc = crc32(logOf(records.slice(0, -1)));
    for (let i = 0; i < meaningTries; i++) {
      const change = changed(records, draw);
      tried.push({
        kind: change.kind,
        named: problems(logOf(change.records)) > 0,
        namedBySeal: problems(logOf(sealedAs(change.records, crc))) > 0,
      });
    }
  }
  const share = (of: typeof tried) => of.filter(({ named }) => named).length / of.length;
  const work = tried.filter(({ kind }) => !isSample(kind));
  expect(share(tried)).toBeGreaterThan(leastNamed.all);
  expect(share(work)).toBeGreaterThan(leastNamed.work);
  // The checksum is that of what stands before the closing line.
  expect(tried.filter(({ kind, namedBySeal }) => !namedBySeal && !kind.startsWith('end.'))).toEqual([]);
});
