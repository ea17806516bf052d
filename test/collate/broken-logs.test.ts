import { truncateSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { MemoryRecord } from '../../scripts/log/run-log-format.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { answersTable } from '../../scripts/workloads/questions/tables.ts';
import { type LogShape, linesOf, logRecords } from './log-factory.ts';
import { outputFolder, tokensOf } from './output-folder.ts';

const whole = linesOf(logRecords());
const lines = whole.trimEnd().split('\n');

/** Lines 1 header, 2 effective, 3 to 5 tokens, 6 answer, 7 to 9 tokens, 10 answer, 11 to 13 tokens, 14 answer, 15 to 18 memory, 19 end. */
const withLine = (line: number, text: string) => `${lines.with(line - 1, text).join('\n')}\n`;

test.each<[what: string, content: string | Buffer, kind: string, line: number | null, reason: RegExp]>([
  ['an empty file', '', 'empty', null, /empty/],
  ['a binary file', Buffer.from([0x47, 0x47, 0x55, 0x46, 0, 0, 1, 255]), 'binary', null, /binary/],
  ['some other text', 'main: build = 1234\nllama_print_timings\n', 'foreign', 1, /not JSON/],
  ['some other JSON', '{"tokens": 12}\n', 'foreign', 1, /no header/],
  ['a log without its header', lines.slice(1).join('\n'), 'foreign', 1, /no header/],
  ['a header that was cut off', whole.slice(0, 100), 'bad_header', 1, /cut off/],
  ['another schema version', whole.replace('tokenlap.run/1', 'tokenlap.run/9'), 'other_version', 1, /tokenlap\.run\/9/],
  ['a header that lacks the host', whole.replace('"host":{', '"guest":{'), 'bad_header', 1, /host/],
  ['a framework named like a path', whole.replace('"name":"llamacpp"', '"name":"../x"'), 'bad_header', 1, /\.\.\/x/],
  [
    'a host of 20,000 characters',
    whole.replace('"hostname":"host"', `"hostname":"${'h'.repeat(20_000)}"`),
    'bad_header',
    1,
    /host\.hostname: .*500 characters/,
  ],
  [
    'a model of 20,000 characters',
    whole.replace('"name":"tiny-llama"', `"name":"${'m'.repeat(20_000)}"`),
    'bad_header',
    1,
    /model\.name: .*500 characters/,
  ],
  [
    'a framework version of 20,000 characters',
    whole.replace('"version":"1.0"', `"version":"${'1'.repeat(20_000)}"`),
    'bad_header',
    1,
    /framework\.version: .*500 characters/,
  ],
  [
    'a framework named like a table',
    whole.replace('"name":"llamacpp"', '"name":"Parity"'),
    'bad_header',
    1,
    /"Parity"/,
  ],
])('%s is named and does not stop the rest', async (_, content, kind, line, reason) => {
  const output = outputFolder();
  output.log({ number: 7 });
  const log = output.file('llamacpp/odd.txt', content);
  const summary = await collateAll({ output: output.path });
  expect(summary.logs).toMatchObject({ found: 2, added: 1, setAside: 1 });
  expect(summary.notRunLogs).toBe(1);
  expect(summary.problems).toEqual([{ log, kind, line, reason: expect.stringMatching(reason), isNew: true }]);
  expect(readTable(output.path, runsTable)).toHaveLength(1);
  const again = await collateAll({ output: output.path });
  expect(again.logs.unchanged).toBe(2);
  expect(again.problems).toMatchObject([{ log, kind, isNew: false }]);
});

test.each<[what: string, content: string, status: string, error: string, line: number]>([
  ['without a closing line', `${lines.slice(0, -1).join('\n')}\n`, 'killed', 'no closing line', 18],
  [
    'cut in the middle of a line',
    whole.slice(0, whole.indexOf('"type":"end"') + 20),
    'killed',
    'cut off in line 19',
    19,
  ],
  ['with a line that is not JSON', withLine(8, '{"type":"tok'), 'failed', 'line 8 is not JSON', 8],
  [
    'with a line of another kind',
    withLine(8, '{"type":"energy","joules":1}'),
    'failed',
    'line 8 is no record of this format (unknown type "energy")',
    8,
  ],
  [
    'with a device of 20,000 characters',
    whole.replace('"deviceName":"Test CPU"', `"deviceName":"${'d'.repeat(20_000)}"`),
    'failed',
    'line 2 is no record of this format (deviceName: Too big: expected string to have <=500 characters)',
    2,
  ],
  [
    'that was appended to another',
    whole + whole,
    'failed',
    'line 20 is a second header: another log was appended to this one',
    20,
  ],
])('a log %s is a row with its reason', async (_, content, status, error, line) => {
  const output = outputFolder();
  const log = output.file('llamacpp/log.txt', content);
  const summary = await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toMatchObject([{ status, error, log }]);
  expect(summary.problems.map((problem) => problem.line)).toContain(line);
  expect(readTable(output.path, answersTable).length).toBeGreaterThan(0);
});

test('20 GB without a line are named by their beginning, and not read again', async () => {
  const output = outputFolder();
  output.log({ number: 7 });
  const sparse = output.file('llamacpp/sparse.txt', '');
  const hardware = output.file('hardware/sparse.txt', '');
  const behind = output.file('llamacpp/behind.txt', linesOf(logRecords({ number: 8, end: null })));
  for (const log of [sparse, hardware, behind]) truncateSync(output.raw(log), 20e9);
  const startedMs = performance.now();
  const { problems, logs } = await collateAll({ output: output.path });
  expect(logs).toMatchObject({ found: 4, added: 2, setAside: 2 });
  expect(problems.map(({ log, kind }) => `${log} ${kind}`)).toEqual(
    expect.arrayContaining([`${sparse} binary`, `${hardware} binary`, `${behind} broken_line`]),
  );
  expect(problems.find(({ log }) => log === behind)?.reason).toMatch(/longer than 64 MiB/);
  utimesSync(output.raw(sparse), 1, 1);
  await collateAll({ output: output.path });
  // To read one of them takes longer than that.
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test('a first line of more than 1 MiB is no header', async () => {
  const output = outputFolder();
  const log = output.file('llamacpp/long.txt', 'x'.repeat(2e6));
  const { problems } = await collateAll({ output: output.path });
  expect(problems).toMatchObject([{ log, kind: 'foreign', reason: expect.stringMatching('more than 1 MiB') }]);
});

test('a run that was killed in the middle of an answer keeps its tokens, without a phase', async () => {
  const output = outputFolder();
  output.file('llamacpp/log.txt', `${lines.slice(0, 8).join('\n')}\n`);
  await collateAll({ output: output.path });
  const tokens = await tokensOf(output.path, 'llamacpp');
  expect(tokens.map((row) => row.phase)).toEqual(['cold', 'cold', 'cold', null, null]);
  expect(tokens.map((row) => row.total_latency_ms)).toEqual([50, 10, 10, null, 10]);
  expect(readTable(output.path, runsTable)).toMatchObject([
    { status: 'killed', comparable: true, answers: 0, ttft_cold_ms: 50 },
  ]);
});

test('a failed run is a row with its reason, and so is a framework that is not there', async () => {
  const output = outputFolder();
  output.log({ number: 1, answers: [], end: { status: 'failed', error: { message: 'out of\nmemory' } } });
  output.log({ number: 2, answers: [], end: { status: 'missing', error: { message: 'no such package' } } });
  const summary = await collateAll({ output: output.path });
  expect(readTable(output.path, runsTable)).toMatchObject([
    { status: 'failed', error: 'out of memory', decode_tokens_per_s: null },
    { status: 'missing', error: 'no such package' },
  ]);
  expect(summary.problems.map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
    'failed: out of memory',
    'missing: no such package',
  ]);
});

const memory = (moment: 'loaded' | 'peak', residentBytes: number): MemoryRecord => ({
  type: 'memory',
  moment,
  atNs: 1,
  residentBytes,
  meter: 'test',
});

test.each<[invariant: string, shape: LogShape, reason: RegExp]>([
  ['a time to first token above 0', { answers: [{ ttftMs: 0 }] }, /time to first token of 0 ns/],
  ['ttft at most e2e', { answers: [{ gapsMs: [], answer: { lastTokenNs: 1 } }] }, /longer than end to end/],
  ['ascending instants', { answers: [{ gapsMs: [10, -5] }] }, /came 5000000 ns before/],
  ['as many tokens as claimed', { answers: [{ answer: { tokens: 4 } }] }, /claims 4 tokens, but 3/],
  ['gaps that sum to tn - t1', { answers: [{ answer: { lastTokenNs: 2e9 } }] }, /sum to 20000000 ns/],
  [
    'a prompt evaluated before the first token',
    { answers: [{ answer: { promptEvaluatedNs: 9e12 } }] },
    /evaluated outside/,
  ],
  ['no more cached tokens than tokens', { answers: [{ answer: { cachedPromptTokens: 21 } }] }, /more cached prompt/],
  ['a submission after the start', { answers: [{ answer: { startNs: 1e9 + 5000 } }] }, /submitted before it started/],
  ['answers in order', { answers: [{}, { answer: { answer: 0 } }] }, /answer 0 stands where answer 1 belongs/],
  [
    'a peak no higher than its bound',
    { records: [{ ...memory('peak', 100), atMostBytes: 90 }] },
    /peak memory is 100 B and at most 90 B/,
  ],
  ['a peak above all samples', { records: [memory('loaded', 200), memory('peak', 100)] }, /peak memory is 100 B/],
  [
    'spans that end after they start',
    {
      records: [
        { type: 'checkpoint', name: 'model_load', edge: 'start', atNs: 10 },
        { type: 'checkpoint', name: 'model_load', edge: 'end', atNs: 4 },
      ],
    },
    /ends 6 ns before it starts/,
  ],
  [
    'kernel repetitions that take time',
    {
      header: { workload: 'kernel' },
      records: [
        {
          type: 'kernel',
          test: 'pp',
          repetition: 0,
          phase: 'measured',
          tokens: 512,
          depth: 0,
          startNs: 0,
          durationNs: 0,
        },
      ],
    },
    /512 tokens in 0 ns/,
  ],
  [
    'batches that end after their texts are tokens',
    {
      header: { workload: 'embedding' },
      records: [
        {
          ...{ type: 'embedding', batch: 3, phase: 'measured', round: 0, texts: 2, tokens: 20, dimensions: 64 },
          ...{ startNs: 10, submitNs: 30, endNs: 20 },
        },
      ],
    },
    /batch 3: 2 texts of 20 tokens, started at 10, tokens at 30, ended at 20/,
  ],
])('a log that breaks "%s" is named with its line and not comparable', async (_, shape, reason) => {
  const output = outputFolder();
  output.log(shape);
  const { problems } = await collateAll({ output: output.path });
  const found = problems.filter((problem) => problem.kind === 'broken_invariant');
  expect(found.map((problem) => problem.reason)).toContainEqual(expect.stringMatching(reason));
  expect(found.every((problem) => typeof problem.line === 'number' && problem.line > 2)).toBe(true);
  expect(readTable(output.path, runsTable)).toMatchObject([
    {
      status: 'failed',
      comparable: false,
      warnings: expect.stringMatching('broken_invariant'),
      error: expect.stringMatching(/^the log says what cannot be: raw\/llamacpp\/.*\.txt:\d+: /),
    },
  ]);
});

test('a log full of faults names ten of them and counts the rest', async () => {
  const output = outputFolder();
  output.log({ answers: Array.from({ length: 15 }, () => ({ ttftMs: 0 })) });
  const { problems } = await collateAll({ output: output.path });
  expect(problems).toHaveLength(11);
  expect(problems.at(-1)?.reason).toMatch(/more faults in this log/);
});
