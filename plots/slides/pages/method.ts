/** How it was measured, what did not run, and how to measure it again. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { memberName } from '../../data/groups.ts';
import { settingsThatMatter } from '../../data/settings-that-matter.ts';
import { measuringCommands } from '../../report/sections/methods.ts';
import { outcomeOf } from '../../report/sections/run-quality.ts';
import { settingsTable } from '../../report/sections/settings.ts';
import { count, left, right, tableOf } from '../../report/table.ts';
import { points, type SlideOf, tableBlock, text } from '../slide.ts';

const mostRows = 7;

export const methodSlide: SlideOf = ({ data: { runs }, main }) => {
  if (main === undefined) return null;
  const { equal, differing } = settingsThatMatter(main);
  const several = main.members.length > 1;
  const named = differing.map(({ title }) => (/^[A-Z]+\b/.test(title) ? title : title.toLowerCase()));
  const checked = runs.filter((run) => run.certificate !== null);
  const message =
    named.length > 0
      ? `Same machine, same questions; the contenders differ in ${listed(named)}`
      : several
        ? 'All were measured on the same machine, with the same questions and settings'
        : `${memberName(main.members[0] ?? { title: '', setting: '' })} was measured in fresh processes, on warm answers alone`;
  const members = main.members.slice(0, mostRows);
  return {
    name: 'method',
    message,
    blocks: [
      ...(equal === '' ? [] : [text(equal)]),
      ...settingsTable({ ...main, members }).map(tableBlock),
      ...points([
        'Every run is a fresh process; only warm answers count, timed on one clock.',
        ...(checked.length === 0
          ? []
          : [
              outcomeOf(
                checked,
                checked.filter((run) => run.certificate === 'failed'),
              ).replace(/ Remedies: .*$/, ''),
            ]),
      ]),
    ],
    note: 'Results are compared within one host, device, model and weight class, and only where parity or the hashes of the outputs allow it.',
  };
};

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export const notRunSlide: SlideOf = ({ data: { notRun, runs } }) => {
  if (notRun.length === 0) return null;
  const alike = groupBy(notRun, (run) => [run.framework, run.model, run.quantize, run.status, run.error]);
  const more = alike.length - mostRows;
  return {
    name: 'did-not-run',
    message: `${notRun.length} of ${runs.length} runs did not complete`,
    blocks: [
      tableBlock(
        tableOf('', alike.slice(0, mostRows), [
          [left('Framework'), ([run]) => frameworkTitle(run)],
          [
            left('Model'),
            ([run]) => [run.model ?? run.size, run.quantize ?? run.quantize_asked].filter(Boolean).join(' '),
          ],
          [left('Outcome'), ([run]) => run.status],
          [left('Why'), ([run]) => reasonOf(run)],
          [right('Runs'), (same) => count(same.length)],
        ]),
      ),
      ...points(more > 0 ? [`${more} more reasons are in the report.`] : []),
    ],
    note: 'A run that did not complete is in no figure of these slides.',
  };
};

const longestReason = 160;

function reasonOf({ error, status }: RunRow): string {
  const reason = error ?? (status === 'killed' ? 'the log has no closing line' : 'no reason in the log');
  const line = reason.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestReason ? `${line.slice(0, longestReason - 1)}…` : line;
}

const mostLines = 6;
const thenScripts = ['collate/all.ts', 'plots/generate.ts', 'plots/presentation.ts'];

export const repeatSlide: SlideOf = ({ data: { runs, output } }) => {
  const lines = measuringCommands(runs, output);
  if (lines.length === 0) return null;
  const left = lines.length - mostLines;
  return {
    name: 'repeat',
    message: 'These commands measure all of it again',
    blocks: [
      {
        kind: 'commands',
        lines: [...lines.slice(0, mostLines), ...thenScripts.map((script) => scriptLine(script, output))],
      },
    ],
    note: `${left > 0 ? `${left} more are in the report. ` : ''}Options that are left out have their defaults. Every raw log holds the exact command line of its run.`,
  };
};
