/** The summary of a run as a person reads it in the terminal. */
import { bytes, milliseconds, significant } from '../command-line/format.ts';
import { reportFailure } from '../command-line/program.ts';
import { paint, say } from '../command-line/terminal.ts';
import type { RunRecord } from '../log/run-log-format.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { energyText, qualityText } from '../run/quality/quality-text.ts';
import type { RunOutcome } from '../run/run.ts';
import { workloadNamed } from './registry.ts';
import type { SummaryParts } from './workload.ts';

/** @param records of the run, for workloads that show what no figure of the summary has */
export function summaryText(summary: RunSummary, records: readonly RunRecord[] = []): string {
  const measured = workloadNamed(summary.workload).summary?.(summary, records) ?? { tables: [], facts: [] };
  return [
    heading(summary),
    ...measured.tables,
    facts(summary, measured.facts),
    ...summary.warnings.map(({ message }) => `${paint('yellow', 'warning:')} ${message}`),
  ].join('\n\n');
}

/** Whether there is anything to show: a run that failed has measured nothing. */
export function hasMeasured(summary: RunSummary, records: readonly RunRecord[]): boolean {
  return (workloadNamed(summary.workload).summary?.(summary, records) ?? null) !== null;
}

function heading(summary: RunSummary): string {
  const { quantization } = summary;
  const weights = `${quantization.got}, ${significant(summary.bitsPerWeight)} bits per weight`;
  const asked = quantization.asked === quantization.got ? '' : ` (asked: ${quantization.asked})`;
  const title = `${summary.model} in ${summary.frameworkVersion}: ${weights}${asked}`;
  const note = quantization.note === undefined ? '' : `\n${quantization.note}`;
  return `${paint('bold', title)}${note}`;
}

/** Empty for a server, which does not say. */
function threadsOf({ settings }: RunSummary): string {
  const threads = settings?.threads;
  if (typeof threads !== 'number') return '';
  return threads === 1 ? ', 1 thread' : `, ${threads} threads`;
}

/** The parts of the start that took place. */
function startOf({ spansMs }: RunSummary): string {
  const spans: Array<[name: string, ms: number | null]> = [
    ['engine', spansMs.engineStart],
    ['import', spansMs.frameworkImport],
    ['tokenizer', spansMs.tokenizerLoad],
    ['model', spansMs.modelLoad],
    ['compilation', spansMs.jitCompilation],
    ['kernel search', spansMs.kernelSearch],
    ['warm-up', spansMs.warmUp],
  ];
  return spans.flatMap(([name, ms]) => (ms === null ? [] : `${name} ${milliseconds(ms)}`)).join(', ');
}

const ends = { quiet: 'no trend left', cap: 'never settled', fixed: 'as many as asked for' } as const;

function warmUpText({ label, ended, tries, tokens, workNs }: RunSummary['warmUps'][number]): string {
  const what = label === undefined ? '' : `${label}: `;
  return `${what}${tokens} tokens in ${milliseconds(workNs / 1e6)}, ${tries} ${tries === 1 ? 'time' : 'times'} (${ends[ended]})`;
}

type Facts = SummaryParts['facts'];

function memoryFacts(memory: RunSummary['memory']): Facts {
  const size = (value: number | null) => (value === null ? 'n/a' : bytes(value));
  const grown = (value: number | null) =>
    value === null ? 'n/a' : `${value < 0 ? '− ' : '+ '}${bytes(Math.abs(value))}`;
  const { baselineBytes, importGrowthBytes, modelBytes, loadedBytes, loadPeakBytes, inferencePeakBytes } = memory;
  const { averageBytes, peakBytes, peakAtMostBytes, tokenizerBytes, peakWithTokenizerBytes } = memory;
  const upTo = peakAtMostBytes === peakBytes ? '' : ` to ${size(peakAtMostBytes)}`;
  const between = peakAtMostBytes === null ? ', from samples alone' : upTo;
  const parts = `load ${size(loadPeakBytes)}, inference ${size(inferencePeakBytes)}; average ${size(averageBytes)}`;
  const tokenizer = `${size(tokenizerBytes)} in a process of its own; with the engine at its peak ${size(peakWithTokenizerBytes)}`;
  return [
    [
      'memory',
      `${size(baselineBytes)} at start ${grown(importGrowthBytes)} import ${grown(modelBytes)} model = ${size(loadedBytes)} after load`,
    ],
    ['peak', `${size(peakBytes)}${between} (${parts})`],
    ['tokenizer', tokenizerBytes === null ? null : tokenizer],
  ];
}

function measuredText({ measured, kernel }: RunSummary): string | null {
  if (measured === null || kernel !== null) return null;
  const { rounds, workMs } = measured;
  return `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${milliseconds(workMs)} of work`;
}

function facts(summary: RunSummary, measured: Facts): string {
  const { device, deviceName, warmUps, memory, energy, certificate, log } = summary;
  const lines: Facts = [
    ['device', `${device ?? 'n/a'} (${deviceName ?? 'n/a'})${threadsOf(summary)}`],
    ['start', startOf(summary)],
    ...warmUps.map((done) => ['warm-up', warmUpText(done)] as const),
    ...memoryFacts(memory),
    ['measured', measuredText(summary)],
    ...measured,
    ['energy', energy === null ? null : energyText(energy)],
    ['run quality', certificate === null ? null : qualityText(certificate)],
    ['raw log', log],
  ];
  return lines
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${paint('dim', name.padEnd(11))} ${value}`)
    .join('\n');
}

/** Says how a run ended, unless it completed, and gives the script its exit code. */
export function tellEnd({ end, logPath, exitCode }: RunOutcome): void {
  process.exitCode = exitCode;
  switch (end.status) {
    case 'completed':
      return;
    case 'interrupted':
      say(`Interrupted; what was measured is in ${logPath}`);
      return;
    case 'missing':
    case 'failed':
      reportFailure(`${end.error?.message ?? 'the run failed'} (log: ${logPath})`, end.error?.remedy);
      return;
    default:
      end.status satisfies never;
  }
}
