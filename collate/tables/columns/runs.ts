/** `runs.csv`: one row per run, whatever became of it. */
import { type Column, column, type RowOf } from './column.ts';
import { energyColumns, runCertificateColumns } from './run-certificate.ts';
import { embeddingColumns } from './run-embedding.ts';
import { counterColumns, kernelColumns } from './run-engine.ts';
import { figureColumns } from './run-figures.ts';
import { runParityColumns } from './run-parity.ts';
import { rooflineColumns } from './run-roofline.ts';
import { subjectColumns } from './run-subject.ts';

export const runColumns = [
  ...subjectColumns,
  ...figureColumns,
  ...rooflineColumns,
  ...kernelColumns,
  ...embeddingColumns,
  ...counterColumns,
  ...runParityColumns,
  ...runCertificateColumns,
  ...energyColumns,
  column('correct', 'integer', '', 'Correct answers', 'measured answers equal to the expected text'),
  column('judged', 'integer', '', 'Judged answers', 'measured answers for which an answer is known'),
  column('questions', 'integer', '', 'Questions', 'different questions among the measured answers'),
  column(
    'correct_questions',
    'number',
    '',
    'Correct questions',
    'sum over the judged questions of the share of their answers that were correct; repeats are no further samples',
  ),
  column('judged_questions', 'integer', '', 'Judged questions', 'different questions for which an answer is known'),
  column(
    'output_sha256',
    'string',
    '',
    'Output hash',
    'sha256 over the token ids of the measured answers in order of question id and round: equal outputs, equal hash',
  ),
  column('warnings', 'string', '', 'Warnings', 'codes, separated by semicolons'),
  column('log', 'string', '', 'Raw log', 'file under raw/'),
] as const satisfies readonly Column[];

export type RunRow = RowOf<typeof runColumns>;
