/**
 * Imports results of other tools, under their own definitions and marked as foreign: they never enter a comparison of ours. Where a
 * file has the times of its requests or repetitions, the same quantity under our definition stands beside.
 *
 * Reads   result files of llama-bench, vLLM, GuideLLM, AIPerf, and the CSV of the benchmark workflow
 * Writes  <output>/foreign/<sha256>.json and .raw, and <output>/foreign.csv
 *
 *     npx tsx collate/import.ts llama-bench.json
 *     npx tsx collate/import.ts --output results serve.json benchmarks.json
 */
import { UserError } from '../scripts/command-line/errors.ts';
import { suggesting } from '../scripts/command-line/options.ts';
import { isMain, program, reportFailure, run } from '../scripts/command-line/program.ts';
import { progress } from '../scripts/command-line/progress.ts';
import { isInteractive, print, printJson } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { type ReadFile, readForeignFile, toolNamed, writeForeignFile } from './foreign/import-file.ts';
import { importText } from './foreign/import-text.ts';
import { foreignTools } from './foreign/tools.ts';
import { writeForeignTable } from './foreign/write-table.ts';

const toolNames = foreignTools.map(({ name }) => name);

function commandLine() {
  return program(
    'collate/import.ts',
    'Imports results of other tools, under their own definitions and marked as foreign.',
    [
      [
        'npx tsx collate/import.ts llama-bench.json',
        'what its figures are under our definitions, where the file shows it',
      ],
      ['npx tsx collate/import.ts --output results serve.json benchmarks.json', 'several files, into another folder'],
      ['npx tsx collate/import.ts --tool vllm serve.json', 'reads the file as one of vLLM, and says what does not fit'],
      ['npx tsx collate/import.ts serve.json --json | jq .files', 'the records for programs'],
    ],
  )
    .argument('<files...>', 'result files; the tool and its format are recognised by the content')
    .option('--output <dir>', 'folder of results; the records go into foreign/ there', defaults.output)
    .option(
      '--tool <name>',
      `read the files as those of ${toolNames.join(', ')}`,
      suggesting(toolNamed, () => toolNames),
    )
    .option('--json', 'print the records as JSON');
}

/** @param args the command line behind the script's name */
export async function importCommand(args: readonly string[]): Promise<void> {
  const command = commandLine().parse([...args], { from: 'user' });
  const { output, tool, json = false } = command.opts();
  const [paths] = command.processedArgs;
  const files = readAll(paths, (path) => readForeignFile(path, output, tool));
  for (const file of files) if (!file.known) writeForeignFile(output, file);
  const remarks = writeForeignTable(output);
  if (json) printJson({ output, files: files.map(({ path, known, record }) => ({ path, known, record })), remarks });
  else print([importText(output, files), ...remarks].join('\n'));
}

/** All of them before anything is written. @throws UserError about the last that cannot be read, behind lines about the others */
function readAll(paths: readonly string[], read: (path: string) => ReadFile): ReadFile[] {
  const line = paths.length > 1 && isInteractive(process.stderr) ? progress('reading files') : null;
  const files = new Map<string, ReadFile>();
  const failed: UserError[] = [];
  for (const [done, path] of paths.entries()) {
    line?.update(done, paths.length);
    try {
      const file = read(path);
      files.set(file.record.file.sha256, file);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failed.push(error);
    }
  }
  line?.end();
  const last = failed.pop();
  for (const { message } of failed) reportFailure(message, undefined);
  if (last !== undefined) throw last;
  return [...files.values()];
}

if (isMain(import.meta.url)) await run(() => importCommand(process.argv.slice(2)));
