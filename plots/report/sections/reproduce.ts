import { groupBy } from '../../../collate/analysis/group-by.ts';
import type { RunRow } from '../../../collate/tables/columns/runs.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import { isMeasuring } from '../../../scripts/log/repeating-command.ts';
import { askedValues, commandText, roundsOf } from '../../data/measuring-commands.ts';
import { note, type Section, text } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

/** More lines than this are of no use to a reader; the raw logs have every command line. */
const mostLines = 12;

export function reproduce({ data: { runs, output } }: ReportInput): Section {
  const lines = [...new Set(together(runs).map((ofOneCommand) => commandOf(ofOneCommand, output)))];
  return {
    id: 'reproduce',
    title: 'How to reproduce this',
    blocks: [
      text('What was measured, each session and each kind of run, then the tables, the charts and this report:'),
      {
        kind: 'commands',
        lines: [
          // Shares of ceilings are held against it.
          ...(runs.some(({ hardware_uuid: uuid }) => uuid !== null)
            ? [scriptLine('scripts/hardware-benchmark.ts', output)]
            : []),
          ...lines.slice(0, mostLines),
          scriptLine('collate/all.ts', output),
          scriptLine('plots/generate.ts', output),
        ],
      },
      note(
        `${
          lines.length > mostLines ? `${lines.length - mostLines} more kinds of run are left out here. ` : ''
        }Options that are left out have their defaults. The header of every raw log has the exact command line of its run. The same tables give the same report, byte for byte.`,
      ),
    ],
  };
}

const comparison = 'scripts/benchmark.ts';

/** What one command makes: the runs of a session by one script, each other run by itself. */
function together(runs: readonly RunRow[]): Array<readonly [RunRow, ...RunRow[]]> {
  const compared = new Set(runs.filter(({ script }) => script === comparison).map(({ session }) => session));
  const wanted = runs.filter(
    ({ script, session, workload, parity_is_reference: isReference }) =>
      isMeasuring(script) &&
      // A comparison checks parity by itself; a reference is run with whatever is held against it.
      !(workload === 'parity' && (isReference === true || compared.has(session))),
  );
  return groupBy(wanted, ({ script, session, asked_options }) => [script, session ?? asked_options]);
}

function commandOf(runs: readonly [RunRow, ...RunRow[]], output: string): string {
  const [{ script }] = runs;
  const values = askedValues(runs);
  // A session may have been given a time and not a number; with --until the number is the fewest.
  const rounds = script === comparison && values.until === undefined ? roundsOf(runs) : values.iterations;
  return commandText(script ?? '', { ...values, iterations: rounds }, output);
}
