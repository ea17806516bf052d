/** The summary of a run as a person reads it in the terminal. */
import { bytes, milliseconds, significant } from '../command-line/format.ts';
import { paint } from '../command-line/terminal.ts';
import type { RunRecord } from '../log/run-log-format.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { energyText, qualityText } from '../run/quality/quality-text.ts';
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

/** A server does not tell. */
function threadsOf({ settings }: RunSummary): string {
  const threads = settings?.threads;
  if (typeof threads !== 'number') return '';
  return threads === 1 ? ', 1 thread' : `, ${threads} threads`;
}

/** Those that took place. */
function startOf({ spansMs }: RunSummary): string {
  const spans: Array<[name: string, ms: number | null]> = [
    ['engine', spansMs.engineStart],
    ['import', spansMs.frameworkImport],
    ['tokenizer', spansMs.tokenizerLoad],
    ['model', spansMs.modelLoad],
    ['compilation', spansMs.jitCompilation],
    ['warm-up', spansMs.warmUp],
  ];
  return spans.flatMap(([name, ms]) => (ms === null ? [] : `${name} ${milliseconds(ms)}`)).join(', ');
}

const ends = { quiet: 'no trend left', cap: 'never settled', fixed: 'as many as asked for' } as const;

function warmUpText({ label, ended, tries, tokens, workNs }: RunSummary['warmUps'][number]): string {
  const what = label === undefined ? '' : `${label}: `;
  return `${what}${tokens} tokens in ${milliseconds(workNs / 1e6)}, ${tries} ${tries === 1 ? 'time' : 'times'} (${ends[ended]})`;
}

function memoryLines(memory: RunSummary['memory']): Array<[string, string]> {
  const size = (value: number | null) => (value === null ? 'n/a' : bytes(value));
  const grown = (value: number | null) =>
    value === null ? 'n/a' : `${value < 0 ? '− ' : '+ '}${bytes(Math.abs(value))}`;
  const { peakAtMostBytes, tokenizerBytes } = memory;
  const between =
    peakAtMostBytes === null
      ? ', from samples alone'
      : peakAtMostBytes === memory.peakBytes
        ? ''
        : ` to ${size(peakAtMostBytes)}`;
  return [
    [
      'memory',
      `${size(memory.baselineBytes)} at start ${grown(memory.importGrowthBytes)} import ${grown(memory.modelBytes)} model = ${size(memory.loadedBytes)} after load`,
    ],
    [
      'peak',
      `${size(memory.peakBytes)}${between} (load ${size(memory.loadPeakBytes)}, inference ${size(memory.inferencePeakBytes)}; average ${size(memory.averageBytes)})`,
    ],
    ...(tokenizerBytes === null
      ? []
      : [
          [
            'tokenizer',
            `${size(tokenizerBytes)} in a process of its own; with the engine at its peak ${size(memory.peakWithTokenizerBytes)}`,
          ] satisfies [string, string],
        ]),
  ];
}

function facts(summary: RunSummary, measured: SummaryParts['facts']): string {
  const { memory } = summary;
  const lines: Array<readonly [string, string]> = [
    ['device', `${summary.device ?? 'n/a'} (${summary.deviceName ?? 'n/a'})${threadsOf(summary)}`],
    ['start', startOf(summary)],
    ...summary.warmUps.map((done): [string, string] => ['warm-up', warmUpText(done)]),
    ...memoryLines(memory),
  ];
  if (summary.measured !== null && summary.kernel === null) {
    const { rounds, workMs } = summary.measured;
    lines.push(['measured', `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${milliseconds(workMs)} of work`]);
  }
  lines.push(...measured);
  if (summary.energy !== null) lines.push(['energy', energyText(summary.energy)]);
  if (summary.certificate !== null) lines.push(['run quality', qualityText(summary.certificate)]);
  lines.push(['raw log', summary.log]);
  return lines.map(([name, value]) => `${paint('dim', name.padEnd(11))} ${value}`).join('\n');
}
