import type { RunRow } from '../../../collate/tables/columns.ts';
import { bucket } from '../../data/groups.ts';
import { note, type Section, text } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

/** More lines than this are of no use to a reader; the raw logs have every command line. */
const mostLines = 12;

export function reproduce({ data }: ReportInput): Section {
  const lines = [
    ...new Set(bucket(data.runs, (run) => [run.framework, run.size, run.quantize_asked, run.workload]).map(commandOf)),
  ];
  return {
    id: 'reproduce',
    title: 'How to reproduce this',
    blocks: [
      text('One run of each kind, then the tables, the charts and this report:'),
      {
        kind: 'commands',
        lines: [...lines.slice(0, mostLines), 'npx tsx collate/all.ts', 'npx tsx plots/generate.ts'],
      },
      note(
        `${
          lines.length > mostLines ? `${lines.length - mostLines} more kinds of run are left out here. ` : ''
        }The header of every raw log has the exact command line of its run. The same tables give the same report, byte for byte.`,
      ),
    ],
  };
}

function commandOf([run]: readonly [RunRow, ...RunRow[]]): string {
  const options = [
    ['--size', run.size],
    ['--quantize', run.quantize_asked],
    ['--seed', run.seed],
    ['--max-tokens', run.workload === 'kernel' ? null : run.max_tokens],
    ['--workload', run.workload === 'qa' ? null : run.workload],
  ] as const;
  const words = options.flatMap(([name, value]) => (value === null ? [] : [name, shellWord(String(value))]));
  return [
    'npx tsx',
    shellWord(`scripts/${run.framework}-benchmark.ts`),
    ...words,
    ...(run.synthetic === true ? ['--synthetic'] : []),
  ].join(' ');
}

/** A value with anything unusual in it is quoted, so that the line can be pasted. */
function shellWord(value: string): string {
  return /^[\w.:/+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
