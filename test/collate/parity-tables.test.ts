import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { parityTable } from '../../scripts/workloads/parity/tables.ts';
import { linesOf, logRecords } from './log-factory.ts';
import { outputFolder, tablesOf } from './output-folder.ts';
import { type ParityLogShape, parityLog } from './parity-log.ts';
import { header, uuidOf } from './run-records.ts';

async function collated(shape: ParityLogShape = {}) {
  const output = outputFolder();
  output.log(parityLog(shape));
  const summary = await collateAll({ output: output.path });
  const [run] = readTable(output.path, runsTable);
  return { run, questions: readTable(output.path, parityTable), summary };
}

const divergence = { position: 6, referenceToken: 312, token: -1, referenceGap: 0.04, gap: 0.02 };

test('a parity run becomes a row per question and its verdict a part of its row in runs.csv', async () => {
  const { run, questions, summary } = await collated({
    framework: 'pytorch',
    questions: [
      {},
      {
        referenceTokens: 20,
        tokens: 7,
        equalTokens: 6,
        divergence,
        positions: 20,
        top1Agreed: 19,
        klMean: 4e-6,
        klMax: 9e-6,
      },
    ],
    verdict: { tolerance: { weightClass: '16-bit', logitGap: 0.1, top1Agreement: 0.95, klMean: 0.001 } },
  });
  expect(summary).toMatchObject({ rows: { runs: 1, parity: 2, answers: 0, tokens: 0 }, problems: [] });
  expect(questions).toMatchObject([
    {
      uuid: uuidOf(1),
      session: header(900, 'llamacpp').uuid,
      framework: 'pytorch',
      framework_version: '1.0',
      reference_framework: 'llamacpp',
      reference_version: 'llama.cpp v0.5.0',
      reference_quantize: 'f32',
      reference_weight_class: '32-bit',
      is_reference: false,
      question_id: 'q0',
      prompt_tokens: 20,
      equal_tokens: 10,
      divergence_position: null,
      hostname: 'host',
      device: 'cpu',
      quantize: 'f16',
      weight_class: '16-bit',
      model: 'tiny-llama',
    },
    {
      question_id: 'q1',
      reference_tokens: 20,
      tokens: 7,
      equal_tokens: 6,
      divergence_position: 6,
      divergence_reference_token: 312,
      divergence_token: -1,
      divergence_reference_gap: 0.04,
      divergence_gap: 0.02,
      positions: 20,
      top1_agreed: 19,
      kl_mean: 4e-6,
      kl_max: 9e-6,
    },
  ]);
  expect(run).toMatchObject({
    workload: 'parity',
    status: 'completed',
    parity_passed: true,
    parity_reasons: null,
    parity_reference: 'llama.cpp f32 (v0.5.0)',
    parity_is_reference: false,
    parity_questions: 2,
    parity_equal_answers: 1,
    parity_equal_tokens: 16,
    parity_tokens: 30,
    parity_first_divergence: 6,
    parity_divergence_gap: 0.04,
    parity_positions: 30,
    parity_kl_max: 9e-6,
    parity_gap_tolerance: 0.1,
    parity_top1_tolerance: 0.95,
    parity_kl_tolerance: 0.001,
    decode_tokens_per_s: null,
    output_sha256: null,
  });
  expect(run?.parity_top1_agreement).toBeCloseTo(29 / 30, 12);
  // Means weigh by positions: 10 at 1e-6, 20 at 4e-6.
  expect(run?.parity_kl_mean).toBeCloseTo(3e-6, 12);
});

test('a failed verdict has its reasons, and an engine without logits has neither agreement nor divergence', async () => {
  const { run } = await collated({
    questions: [{ positions: 0, top1Agreed: 0, klMean: null, klMax: null }],
    verdict: { passed: false, reasons: ['too far', 'too often'] },
  });
  expect(run).toMatchObject({
    parity_passed: false,
    parity_reasons: 'too far; too often',
    parity_positions: 0,
    parity_top1_agreement: null,
    parity_kl_mean: null,
    parity_kl_max: null,
  });
});

test('runs of other workloads have no parity, and the table is there without a row', async () => {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  expect(readTable(output.path, parityTable)).toEqual([]);
  expect(readTable(output.path, runsTable)).toMatchObject([
    { parity_passed: null, parity_reference: null, parity_questions: null },
  ]);
});

test('a parity run that was killed keeps its questions and has no verdict', async () => {
  const output = outputFolder();
  output.log({ ...parityLog({ verdict: null }), end: null });
  const summary = await collateAll({ output: output.path });
  expect(summary.problems.map(({ kind }) => kind)).toEqual(['killed']);
  expect(readTable(output.path, parityTable)).toHaveLength(2);
  expect(readTable(output.path, runsTable)).toMatchObject([
    { status: 'killed', parity_passed: null, parity_questions: 2 },
  ]);
});

test.each<[invariant: string, shape: ParityLogShape, reason: RegExp]>([
  [
    'no more equal tokens than tokens',
    { questions: [{ equalTokens: 11 }] },
    /"q0": 11 equal tokens in answers of 10 and 10/,
  ],
  [
    'a divergence where answers differ',
    { questions: [{ equalTokens: 9 }] },
    /no divergence, but 9 equal tokens of 10 and 10/,
  ],
  [
    'a divergence behind the equal tokens',
    { questions: [{ equalTokens: 5, divergence }] },
    /diverge at token 6, but 5 tokens are equal/,
  ],
  [
    'a divergence between two tokens',
    { questions: [{ equalTokens: 6, divergence: { ...divergence, token: 312 } }] },
    /both have the token 312/,
  ],
  [
    'a gap of at least 0',
    { questions: [{ equalTokens: 6, divergence: { ...divergence, gap: -0.1 } }] },
    /top-1 logit is below the top-2/,
  ],
  ['no more agreement than positions', { questions: [{ top1Agreed: 11 }] }, /11 of 10 positions have the same/],
  ['a divergence of at least 0', { questions: [{ klMean: -0.1 }] }, /mean KL divergence is -0.1, below 0/],
  ['a mean below the largest', { questions: [{ klMean: 0.1, klMax: 0.01 }] }, /largest KL divergence is 0.01, below/],
  ['positions behind a divergence', { questions: [{ klMean: null }] }, /10 positions, and no KL divergence/],
  ['a reason for a failure', { verdict: { passed: false } }, /failed without a reason/],
  ['no reason for a pass', { verdict: { reasons: ['too far'] } }, /passed, and yet: too far/],
  ['a reference', { reference: null }, /parity without a reference/],
  ['a verdict', { verdict: null }, /a completed parity run without a verdict/],
  ['its own workload', { header: { workload: 'qa' } }, /a line of parity in a run of the workload qa/],
])('a parity log that breaks "%s" is named and not comparable', async (_, shape, reason) => {
  const { run, summary } = await collated(shape);
  const found = summary.problems.filter((problem) => problem.kind === 'broken_invariant');
  expect(found.map((problem) => problem.reason)).toContainEqual(expect.stringMatching(reason));
  expect(run).toMatchObject({ comparable: false, warnings: 'broken_invariant' });
});

test('a KL divergence below zero by rounding is none', async () => {
  const { summary } = await collated({ questions: [{ klMean: -1e-9, klMax: 0 }] });
  expect(summary.problems).toEqual([]);
});

test('parity rows are added, done again and rebuilt like those of the other tables', async () => {
  const output = outputFolder();
  const whole = linesOf(logRecords(parityLog({ number: 2 })));
  const half = whole.slice(0, whole.indexOf('{"type":"parity_verdict"'));
  output.log(parityLog({ number: 1 }));
  const growing = output.file(output.nameOf({ number: 2 }), half);
  output.log({ number: 3 });
  await collateAll({ output: output.path });
  expect(readTable(output.path, parityTable).map((row) => row.uuid)).toEqual([1, 1, 2, 2].map(uuidOf));
  const before = tablesOf(output.path);
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(before);

  output.append(growing, whole.slice(half.length));
  output.log(parityLog({ number: 4 }));
  await collateAll({ output: output.path });
  expect(readTable(output.path, parityTable).map((row) => row.uuid)).toEqual([1, 1, 2, 2, 4, 4].map(uuidOf));
  expect(readTable(output.path, runsTable).find((row) => row.uuid === uuidOf(2))).toMatchObject({
    parity_passed: true,
  });
  await collateAll({ output: output.path, rebuild: true });
  const rebuilt = tablesOf(output.path);
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)).toEqual(rebuilt);
});

test('tables of a version without parity.csv are made again', async () => {
  const output = outputFolder();
  output.log();
  output.log(parityLog({ number: 2 }));
  await collateAll({ output: output.path });
  const settled = tablesOf(output.path);
  const ledgerPath = join(output.path, '.collate.json');
  const ledger = JSON.parse(readFileSync(ledgerPath, 'utf8'));
  for (const { rows } of ledger.logs) delete rows.parity;
  delete ledger.tables['parity.csv'];
  writeFileSync(ledgerPath, JSON.stringify({ ...ledger, columns: 1 }));
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(settled);
});
