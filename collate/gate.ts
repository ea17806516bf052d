/**
 * Judges two builds that ci-benchmark.ts has measured, from the tables: which figure of which cell changed, how sure that is, and
 * how small a change could have been found.
 *
 * Reads   <output>/gate-plan.json, runs.csv
 * Writes  <output>/gate.json, and a table to the terminal
 *
 *     npx tsx collate/gate.ts --output results
 *     npx tsx collate/gate.ts --output results --all
 */
import { join } from 'node:path';
import { exitCodes } from '../scripts/command-line/errors.ts';
import { writeWhole } from '../scripts/command-line/files/folders.ts';
import { choice } from '../scripts/command-line/options.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson } from '../scripts/command-line/terminal.ts';
import { failingVerdicts, readGatePlan } from '../scripts/log/gate-plan.ts';
import { runsTable } from '../scripts/results/runs/runs.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import type { GateReport } from './regressions/gate-report.ts';
import { gateText } from './regressions/pull-request/gate-text.ts';
import { judge } from './regressions/pull-request/judge.ts';
import { readTable } from './tables/read.ts';

function commandLine() {
  return program('collate/gate.ts', 'Judges two builds that ci-benchmark.ts has measured, from the tables.', [
    ['npx tsx collate/gate.ts --output results', 'the verdict again, and results/gate.json'],
    ['npx tsx collate/gate.ts --output results --all', 'also exploratory figures'],
    ['npx tsx collate/gate.ts --output results --fail-on candidate', 'fails for what is not confirmed, too'],
    ['npx tsx collate/gate.ts --output results --json | jq .report.rows', 'the same for programs'],
  ])
    .option('--output <dir>', 'folder of results', defaults.output)
    .option('--all', 'show exploratory figures, and all rows')
    .option('--fail-on <verdict>', failingVerdicts.help, choice(...failingVerdicts.choices), 'regression')
    .option('--json', 'print the report as JSON, with the cells that the second stage is to measure');
}

/** @param args the command line behind the script's name */
export async function gateCommand(args: readonly string[]): Promise<void> {
  const {
    output,
    all = false,
    failOn,
    json = false,
  } = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  const judgement = judge(readGatePlan(output), readTable(output, runsTable));
  const { report } = judgement;
  writeWhole(join(output, 'gate.json'), `${JSON.stringify(report, null, 2)}\n`);
  if (json) printJson(judgement);
  else print(gateText(report, all));
  if (fails(report, failOn)) process.exitCode = exitCodes.failed;
}

function fails({ rows }: GateReport, failOn: (typeof failingVerdicts.choices)[number]): boolean {
  if (failOn === 'never') return false;
  const failing = failOn === 'regression' ? ['regression'] : ['regression', failOn];
  return rows.some(({ primary, verdict }) => primary && failing.includes(verdict));
}

if (isMain(import.meta.url)) await run(() => gateCommand(process.argv.slice(2)));
