/** What was imported from other tools: listed under their definitions, and compared with nothing. */
import { counted, significant } from '../../../scripts/command-line/format.ts';
import type { ForeignRow } from '../../../scripts/results/foreign-table.ts';
import { note, text } from '../document.ts';
import type { Part } from '../section.ts';
import { type Field, figure, left, right, shown, tableOf } from '../table.ts';

const mostRows = 60;

export const foreignResults: Part = {
  id: 'foreign-results',
  title: 'Foreign: results of other tools',
  blocks({ data: { foreign } }) {
    if (foreign.length === 0) return [];
    const files = new Set(foreign.map((row) => row.file_sha256)).size;
    const more = foreign.length - mostRows;
    return [
      text(
        `${counted(files, 'files')} of other tools were imported. Their metrics follow the definitions of these tools, and no comparison, verdict or chart of this report uses them.`,
      ),
      tableOf('Metrics of other tools, and the same quantity under our definition', foreign.slice(0, mostRows), fields),
      ...(more > 0 ? [note(`${counted(more, 'metrics')} more are in foreign.csv.`)] : []),
      note(
        '–: not derivable from the file, or a kind of figure that Tokenlap does not have; foreign.csv has the reason and every definition.',
      ),
    ];
  },
};

const fields: ReadonlyArray<Field<ForeignRow>> = [
  [left('Tool'), ({ tool, tool_version: version }) => [tool, version].filter((part) => part !== null).join(' ')],
  [left('Model'), ({ model, model_type: type }) => type ?? model],
  [right('Prompt', 'tokens'), ({ prompt_tokens: tokens }) => figure(tokens)],
  [right('Generated', 'tokens'), ({ generated_tokens: tokens }) => figure(tokens)],
  [right('At a time'), ({ concurrency }) => figure(concurrency)],
  [left('Metric'), ({ metric }) => metric],
  [right('Value'), ({ value }) => figure(value)],
  [left('Unit'), ({ unit }) => unit],
  [left('Definition'), ({ definition }) => definition],
  [
    right('Ours'),
    ({ ours_value: value, ours_unit: unit }) => shown(value, (each) => `${significant(each)} ${unit ?? ''}`),
  ],
  [
    left('Which'),
    ({ ours, ours_value: value, same_formula: same }) =>
      value === null ? null : `${ours}${same === true ? '' : ', another formula'}`,
  ],
];
