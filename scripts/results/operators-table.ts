/** `operators.csv`: where the time of an evaluation goes, a row per phase, layer and operator. */
import type { OperatorsRecord } from '../log/records/operator-records.ts';
import { type Run, recordsOf } from './run.ts';
import { facts, type OfRun } from './run-facts.ts';
import { columnsOfPart, type RowOf, table } from './table.ts';

interface OfOperator extends OfRun {
  profile: OperatorsRecord;
  operator: OperatorsRecord['operators'][number];
}

const ofProfile = columnsOfPart(({ profile }: OfOperator) => profile);
const ofOperator = columnsOfPart(({ operator }: OfOperator) => operator);

const operatorColumns = [
  ...facts('uuid', 'framework', 'frameworkVersion', 'workload', 'model', 'quantize', 'device', 'hostname'),
  ofProfile.text('phase', 'Phase', 'prefill: tokens of a prompt together; decode: one token').at('phase'),
  ofProfile.whole('tokens', '', 'Tokens', 'tokens that are evaluated together').at('tokens'),
  ofProfile.whole('evaluations', '', 'Evaluations', 'evaluations of which the figures are means').at('evaluations'),
  ofOperator.whole('layer', '', 'Layer', 'from 0; empty for what belongs to no layer').at('layer'),
  ofOperator
    .text('operator', 'Operator', "its name in the model: attn_q, ffn_norm, output; other: the engine's own")
    .at('operator'),
  ofOperator.text('kind', 'Kind', 'what the engine calls such an operator').at('kind'),
  ofOperator.text('kernel', 'Kernel', 'the kernel that ran, where the engine names it').at('kernel'),
  ofOperator.ms('operator_ms', 'Time', 'of one evaluation, as the engine times it').of(({ ns }) => ns / nsPerMs),
  ofProfile
    .ms('evaluation_ms', 'Evaluation', 'the whole evaluation while its operators are timed, which costs time too')
    .of(({ evaluationNs }) => evaluationNs / nsPerMs),
] as const;

const nsPerMs = 1e6;

export type OperatorRow = RowOf<typeof operatorColumns>;

export const operatorsTable = table({
  name: 'operators',
  file: 'operators.csv',
  rowIs: 'a row per operator of a run with --profile',
  columns: operatorColumns,
  of: (run: Run): OfOperator[] =>
    recordsOf(run, 'operators').flatMap((profile) => profile.operators.map((operator) => ({ run, profile, operator }))),
});
