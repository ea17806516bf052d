/** `store.ts fill`: raw logs into the store, only what is new. */
import { bytes } from '../../../scripts/command-line/format.ts';
import { printable } from '../../../scripts/command-line/printable-text.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { progress } from '../../../scripts/command-line/progress.ts';
import { isInteractive, paint, print, printJson } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { placeOf } from '../../logs/problem.ts';
import { type FillSummary, fillStore } from '../fill.ts';

export function fillCommand() {
  return program('fill', 'Adds what is new in the raw logs to the store. This is what happens without a command.', [
    ['npx tsx collate/store.ts fill', 'adds the runs that are not in the store yet'],
    ['npx tsx collate/store.ts fill --rebuild', 'makes the store again from the raw logs'],
    ['npx tsx collate/store.ts fill --json | jq .rows', 'rows of every table'],
  ])
    .option('--output <dir>', 'folder with raw/ in it; the store goes there too', defaults.output)
    .option('--rebuild', 'make the store again, whatever is in it now')
    .option('--json', 'print the summary as JSON')
    .action(async ({ output, rebuild = false, json = false }) => {
      const line = isInteractive(process.stderr) ? progress('filling the store') : null;
      const summary = await fillStore({
        output,
        rebuild,
        onProgress: (done, total) => line?.update(done, total),
      }).finally(() => line?.end());
      if (json) printJson(summary);
      else print(fillText(summary));
    });
}

const namedProblems = 20;
const number = new Intl.NumberFormat('en-US');

function count(amount: number, what: string): string {
  return `${number.format(amount)} ${what}${amount === 1 ? '' : 's'}`;
}

/** What a fill did, for people. */
export function fillText({ store, logs, rows, runs, parquet, remarks, problems, seconds }: FillSummary): string {
  const changes = [
    `${number.format(logs.added)} new`,
    ...(logs.redone > 0 ? [`${number.format(logs.redone)} changed and read again`] : []),
    `${number.format(logs.unchanged)} unchanged`,
    ...(logs.removed > 0 ? [`${count(logs.removed, 'run')} left because their logs are gone`] : []),
  ];
  const statuses = Object.entries(runs).map(([status, amount]) => `${number.format(amount)} ${status}`);
  return [
    `${count(logs.found, 'log')}: ${changes.join(', ')}; ${seconds.total.toFixed(1)} s`,
    `${count(rows.runs ?? 0, 'run')}, ${count(rows.answers ?? 0, 'answer')} and ${count(rows.tokens ?? 0, 'token')} in ${store}${statuses.length === 0 ? '' : `: ${statuses.join(', ')}`}`,
    `Parquet files: ${parquet.folder}, ${bytes(parquet.bytes)}, ${number.format(parquet.written)} written now`,
    ...remarks.map((remark) => `${paint('yellow', 'note')}  ${printable(remark)}`),
    ...problems
      .slice(0, namedProblems)
      .map(
        ({ log, line, kind, reason }) =>
          `  ${paint('yellow', kind.replaceAll('_', ' '))}  ${printable(`${placeOf(log, line)}: ${reason}`)}`,
      ),
    ...(problems.length > namedProblems
      ? [`  and ${number.format(problems.length - namedProblems)} more; see --json`]
      : []),
  ].join('\n');
}
