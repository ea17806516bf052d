/** Profiles: a row an operator, and what no profile can say. */
import { expect, it, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { OperatorsRecord } from '../../scripts/log/records/operator-records.ts';
import { faultsOf } from '../../scripts/results/invariants/run-faults.ts';
import { operatorsTable } from '../../scripts/results/operators-table.ts';
import { logRecords } from './log-factory.ts';
import { outputFolder } from './output-folder.ts';

const prefill: OperatorsRecord = {
  type: 'operators',
  atNs: 5e11,
  phase: 'prefill',
  tokens: 64,
  evaluations: 3,
  evaluationNs: 8e6,
  operators: [
    { operator: 'attn_q', layer: 0, kind: 'FullyConnected', kernel: 'brgemm_avx512_f32', ns: 5e6 },
    { operator: 'output', kind: 'MatMul', ns: 1e6 },
  ],
};
const decode: OperatorsRecord = { ...prefill, phase: 'decode', tokens: 1, evaluations: 16, atNs: 6e11 };

test('a profile becomes a row an operator', async () => {
  const output = outputFolder();
  output.log({ framework: 'openvino', records: [prefill, decode] });
  await collateAll({ output: output.path });
  const rows = readTable(output.path, operatorsTable);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatchObject({
    framework: 'openvino',
    phase: 'prefill',
    tokens: 64,
    evaluations: 3,
    layer: 0,
    operator: 'attn_q',
    kind: 'FullyConnected',
    kernel: 'brgemm_avx512_f32',
    operator_ms: 5,
    evaluation_ms: 8,
  });
  expect(rows[3]).toMatchObject({ phase: 'decode', tokens: 1, layer: null, operator: 'output', kernel: null });
});

const [matrix, output] = prefill.operators;
if (matrix === undefined || output === undefined) throw new Error('two operators');

it.each<[what: string, profile: readonly OperatorsRecord[], says: string[]]>([
  ['two phases', [prefill, decode], []],
  ['a phase twice', [prefill, prefill], ['a second profile of prefill']],
  ['an operator twice', [{ ...decode, operators: [output, output] }], ['the profile of decode has output twice']],
  ['the same operator with two kernels', [{ ...decode, operators: [matrix, { ...matrix, kernel: 'another' }] }], []],
  ['no operator', [{ ...decode, operators: [] }], ['the profile of decode has no operators']],
  ['a decode of two tokens', [{ ...decode, tokens: 2 }], ['the profile of decode evaluates 2 tokens at a time']],
  [
    'a part that is larger than the whole',
    [{ ...prefill, evaluationNs: 4e6 }],
    ['the profile of prefill has 5000000 ns in attn_q of layer 0, of an evaluation of 4000000 ns'],
  ],
])('a log with %s', (_, records, says) => {
  expect(faultsOf(logRecords({ records }))).toEqual(says);
});
