/** `store.ts merge DIR...`: results of several hosts in one folder and one store. */
import { program } from '../../../scripts/command-line/program.ts';
import { print, printJson } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { fillStore } from '../fill.ts';
import { mergeInto } from '../merge.ts';
import { fillText } from './fill.ts';

export function mergeCommand() {
  return program('merge', 'Copies the raw logs of other hosts into a folder of results, and fills its store.', [
    ['npx tsx collate/store.ts merge host-a host-b --output all', 'two folders of results into a third'],
    ['npx tsx collate/store.ts merge exported --output all', 'Parquet files, where there are no logs'],
  ])
    .argument('<folders...>', 'folders of results, or of Parquet files that export wrote')
    .option('--output <dir>', 'folder that everything goes into', defaults.output)
    .option('--json', 'print the summary as JSON')
    .action(async (folders, { output, json = false }) => {
      const merged = await mergeInto(output, folders);
      const filled = await fillStore({ output });
      if (json) {
        printJson({ merged, filled });
        return;
      }
      const lines = merged.map(
        ({ from, kind, copied, known }) =>
          `${from}: ${copied} new ${kind === 'logs' ? 'files of raw logs' : 'Parquet files'}, ${known} that were here already`,
      );
      print([...lines, fillText(filled)].join('\n'));
    });
}
