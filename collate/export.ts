/**
 * Hands results to other tools: a comment for a pull request, JUnit, JSON, dashboards, OpenTelemetry, Prometheus, MLflow.
 *
 * Reads   <output>/runs.csv, for latencies also answers.csv and the tables of tokens; or a report of the gate
 * Writes  standard output, a file, or a server that is named
 *
 *     npx tsx collate/export.ts --format junit --to results.xml
 *     npx tsx collate/export.ts --format github-comment --to pull-request
 */
import { lstatSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError, usageError } from '../scripts/command-line/errors.ts';
import { makeFolder, writeWhole } from '../scripts/command-line/files/folders.ts';
import { bytes } from '../scripts/command-line/format.ts';
import { choice } from '../scripts/command-line/options.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { printData, printJson, say } from '../scripts/command-line/terminal.ts';
import { runsTable } from '../scripts/results/runs/runs.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import type { ExportFormat, MeasuredRuns } from './exports/format.ts';
import { gateFile, readGate } from './exports/gate-file.ts';
import { type Outside, realOutside } from './exports/outside.ts';
import { receiverOf } from './exports/receiver.ts';
import { exportFormats } from './exports/registry.ts';
import { refusal, request } from './exports/server-request.ts';
import { readTable } from './tables/read.ts';

const names = exportFormats.map(({ name }) => name);

function commandLine() {
  const widest = Math.max(...names.map(({ length }) => length));
  const formats = exportFormats.map(({ name, help }) => `  ${name.padEnd(widest)}  ${help}`);
  return program('collate/export.ts', 'Hands results to other tools.', [
    ['npx tsx collate/export.ts --format junit --gate --to gate.xml', 'the verdicts of the gate as test cases'],
    ['npx tsx collate/export.ts --format github-comment --to pull-request', 'the one comment, edited in place'],
    ['npx tsx collate/export.ts --format prometheus --to /var/lib/node_exporter/tokenlap.prom', 'gauges'],
    ['npx tsx collate/export.ts --format mlflow --to http://127.0.0.1:5000', 'every run, once'],
  ])
    .requiredOption('--format <name>', 'one of the formats below', choice(...names))
    .option(
      '--to <receiver>',
      'a file, an address (http...), pull-request, or pull-request:NUMBER; else standard output',
    )
    .option('--output <dir>', 'folder with runs.csv and gate.json in it', defaults.output)
    .option('--gate [file]', 'export the report of the gate instead of the runs; without a file <output>/gate.json')
    .option('--json', 'say as JSON what was done; needs --to')
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`);
}

/** @param args the command line behind the script's name */
export async function exportCommand(args: readonly string[], outside: Outside = realOutside()): Promise<void> {
  const {
    format: name,
    to,
    output,
    gate,
    json,
  } = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  if (json === true && to === undefined) {
    throw usageError('--json says what was sent where, and standard output has the export itself', 'Add --to FILE.');
  }
  const format = exportFormats.find((each) => each.name === name);
  if (format === undefined) throw new RangeError(`no format ${name}`);
  if (gate !== undefined && format.ofGate === undefined) {
    throw usageError(`${name} is not made of a report of the gate`, 'Leave --gate out.');
  }
  const done = await deliver(format, { to, output, gate }, outside);
  if (json === true) printJson({ format: name, to, done });
  else if (done !== null) say(`${name}: ${done}`);
}

interface Asked {
  to: string | undefined;
  output: string;
  gate: string | true | undefined;
}

/** @returns what was done, in words; null where the export itself went to standard output */
async function deliver(format: ExportFormat, asked: Asked, outside: Outside): Promise<string | null> {
  const to = receiverOf(format, asked.to, outside.environment);
  switch (to.kind) {
    case 'tracking':
      return to.send(runsOf(asked.output), to.url, outside);
    case 'pull request':
      return to.comment(await textOf(format, asked), outside, to.number);
    case 'server': {
      const body = await textOf(format, asked);
      const call = { server: format.name, method: to.method, url: to.url, headers: to.headers, body };
      const answer = await request(outside, call);
      if (answer.status >= 300) throw refusal(call, answer, 'Check the address, and what the server takes.');
      return `sent ${bytes(Buffer.byteLength(body))} to ${new URL(to.url).host}`;
    }
    case 'file': {
      const text = await textOf(format, asked);
      writeExport(to.path, text);
      return `wrote ${to.path} (${bytes(Buffer.byteLength(text))})`;
    }
    case 'standard output':
      printData(await textOf(format, asked));
      return null;
    default:
      return to satisfies never;
  }
}

async function textOf({ name, ofRuns, ofGate }: ExportFormat, { output, gate }: Asked): Promise<string> {
  if (ofRuns !== undefined && gate === undefined) return ofRuns(runsOf(output));
  if (ofGate !== undefined) return ofGate(readGate(typeof gate === 'string' ? gate : gateFile(output)));
  throw new RangeError(`${name} is no text`);
}

function runsOf(output: string): MeasuredRuns {
  return { output, runs: readTable(output, runsTable) };
}

/** Readers such as the textfile collector never see half of it; what is no plain file, such as /dev/stdout, is never replaced. */
function writeExport(path: string, text: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  try {
    if (there === undefined) makeFolder(dirname(path));
    if (there === undefined || there.isFile()) writeWhole(path, text);
    else writeFileSync(path, text);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}

if (isMain(import.meta.url)) await run(() => exportCommand(process.argv.slice(2)));
