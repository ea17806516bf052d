/**
 * Reads the code of frameworks, workloads and scripts, and tells what each has, what stands twice and what breaks the rules of
 * docs/conformance.md. Runs none of it, and writes only what --markdown names. Exit code 1 with findings.
 *
 *   npx tsx scripts/analyze-benchmarks.ts
 *   npx tsx scripts/analyze-benchmarks.ts --all --markdown conformance.md
 */
import { exitCodes, fileError } from './command-line/errors.ts';
import { writeWhole } from './command-line/files/folders.ts';
import { program, run } from './command-line/program.ts';
import { print, printJson, say } from './command-line/terminal.ts';
import { analyse } from './conformance/analysis.ts';
import { analysisMarkdown } from './conformance/report/markdown.ts';
import { analysisText } from './conformance/report/text.ts';
import { diskTree, type SourceTree } from './conformance/source-tree.ts';
import { repository } from './tokenlap/commands.ts';

/** Rows of a long table, unless all are asked for. */
const mostRows = 15;

await run(async () => {
  const command = program(
    'analyze-benchmarks',
    'What the benchmark code has, what stands twice in it, and what breaks the rules.',
    [
      ['npx tsx scripts/analyze-benchmarks.ts', 'this suite'],
      ['npx tsx scripts/analyze-benchmarks.ts ../other-checkout --json', 'another checkout, for programs'],
      ['npx tsx scripts/analyze-benchmarks.ts --all --markdown conformance.md', 'every row, to plan with'],
    ],
  )
    .argument('[folder]', 'another checkout of the suite')
    .option('--all', 'every row of the long tables', false)
    .option('--markdown <file>', 'write the report as Markdown too')
    .option('--json', 'print the analysis as JSON on standard output, and nothing else there', false)
    .parse();
  const { all, markdown, json } = command.opts();
  const most = all ? Number.POSITIVE_INFINITY : mostRows;
  const analysis = analyse(treeIn(command.processedArgs[0] ?? repository));
  if (markdown !== undefined) {
    writeNamed(markdown, analysisMarkdown(analysis, most));
    say(`Written: ${markdown}`);
  }
  if (json) printJson(analysis);
  else print(analysisText(analysis, most));
  if (analysis.findings.length > 0) process.exitCode = exitCodes.failed;
});

function treeIn(folder: string): SourceTree {
  try {
    return diskTree(folder);
  } catch (error) {
    throw fileError(error, folder, 'reading the code');
  }
}

function writeNamed(path: string, content: string): void {
  try {
    writeWhole(path, content);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}
