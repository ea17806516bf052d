/** The summary of a run as a person reads it in the terminal. */
import { bytes, counted, milliseconds, significant } from '../command-line/format.ts';
import { paint, table } from '../command-line/terminal.ts';
import { scoreText } from '../results/figures/question-score.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { LatencyPercentiles, Summary } from '../statistics/statistics.ts';
import { loadText } from '../workloads/load/load-text.ts';
import { certificateText } from './quality/certificate-text.ts';
import { energyText } from './quality/energy-text.ts';

export function summaryText(summary: RunSummary): string {
  return [
    heading(summary),
    ...(summary.answers === null ? [] : [answersTable(summary.answers), percentilesTable(summary.answers.percentiles)]),
    ...(summary.kernel === null ? [] : [kernelTable(summary.kernel)]),
    ...(summary.embedding === null ? [] : [embeddingTable(summary.embedding)]),
    ...(summary.load === null ? [] : [loadText(summary.load)]),
    facts(summary),
    ...summary.warnings.map(({ message }) => `${paint('yellow', 'warning:')} ${message}`),
  ].join('\n\n');
}

function heading(summary: RunSummary): string {
  const { quantization } = summary;
  const weights = `${quantization.got}, ${significant(summary.bitsPerWeight)} bits per weight`;
  const asked = quantization.asked === quantization.got ? '' : ` (asked: ${quantization.asked})`;
  const title = `${summary.model} in ${summary.frameworkVersion}: ${weights}${asked}`;
  const note = quantization.note === undefined ? '' : `\n${quantization.note}`;
  return `${paint('bold', title)}${note}`;
}

const header = ['', 'mean', 'median', 'min', 'max', 'stddev', 'n'];

function row(name: string, summary: Summary | null): string[] {
  if (summary === null) return [name, 'n/a'];
  const { mean, median, min, max, stddev, count } = summary;
  return [
    name,
    ...[mean, median, min, max].map((value) => significant(value)),
    stddev === null ? '-' : significant(stddev),
    String(count),
  ];
}

function answersTable(answers: NonNullable<RunSummary['answers']>): string {
  const prefill = answers.prefillIsLowerBound ? 'prefill, lower bound (tokens/s)' : 'prefill (tokens/s)';
  return table(header, [
    row('TTFT (ms)', answers.ttftMs),
    row('TPOT (ms)', answers.tpotMs),
    row('decode (tokens/s)', answers.decodeTokensPerSecond),
    row(prefill, answers.prefillTokensPerSecond),
    row('end to end (ms)', answers.e2eMs),
  ]);
}

/** A percentile with too few samples beyond it is left out; the last column says how many there are. */
function percentilesTable({
  ttftMs,
  itlMs,
  itlIsInterChunk,
  e2eMs,
}: NonNullable<RunSummary['answers']>['percentiles']): string {
  const cells = (name: string, found: LatencyPercentiles | null) => [
    name,
    ...[found?.p50, found?.p90, found?.p95, found?.p99].map((value) => (value == null ? '-' : significant(value))),
    String(found?.count ?? 0),
  ];
  return table(
    ['percentiles', 'p50', 'p90', 'p95', 'p99', 'n'],
    [
      cells('TTFT (ms)', ttftMs),
      cells(`gaps between ${itlIsInterChunk ? 'arrivals' : 'tokens'} (ms)`, itlMs),
      cells('end to end (ms)', e2eMs),
    ],
  );
}

function kernelTable(kernel: NonNullable<RunSummary['kernel']>): string {
  const depth = kernel.depth === 0 ? '' : ` @ d${kernel.depth}`;
  const choice = kernel.choosesToken ? ', with choosing a token' : '';
  return table(header, [
    row(`pp${kernel.nPrompt}${depth}${choice} (tokens/s)`, kernel.pp),
    row(`tg${kernel.nGen}${depth}${choice} (tokens/s)`, kernel.tg),
  ]);
}

function embeddingTable({ batchMs, percentiles, batchTexts }: NonNullable<RunSummary['embedding']>): string {
  const texts = batchTexts === 1 ? '1 text' : `${batchTexts} texts`;
  const cells = [percentiles?.p50, percentiles?.p90, percentiles?.p95, percentiles?.p99];
  return [
    table(header, [row(`batch of ${texts} (ms)`, batchMs)]),
    table(
      ['percentiles', 'p50', 'p90', 'p95', 'p99', 'n'],
      [
        [
          'batch (ms)',
          ...cells.map((value) => (value == null ? '-' : significant(value))),
          String(percentiles?.count ?? 0),
        ],
      ],
    ),
  ].join('\n\n');
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

function peakWords({ peakTokensPerSecond }: RunSummary['totals']): string {
  return peakTokensPerSecond === null ? '' : `; ${significant(peakTokensPerSecond)} tokens/s in the fastest second`;
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

function facts(summary: RunSummary): string {
  const { memory, answers, embedding } = summary;
  const time = (value: number | null) => (value === null ? 'n/a' : milliseconds(value));
  const lines: Array<[string, string]> = [
    ['device', `${summary.device ?? 'n/a'} (${summary.deviceName ?? 'n/a'})${threadsOf(summary)}`],
    ['start', startOf(summary)],
    ...summary.warmUps.map((done): [string, string] => ['warm-up', warmUpText(done)]),
    ...memoryLines(memory),
  ];
  if (summary.measured !== null && summary.kernel === null) {
    const { rounds, workMs } = summary.measured;
    lines.push(['measured', `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${milliseconds(workMs)} of work`]);
  }
  if (answers !== null) {
    const rate = answers.totals.decodeTokensPerSecond;
    if (rate !== null) {
      lines.push([
        'decode',
        `${significant(rate)} tokens/s over all answers, reading ${significant(answers.memoryThroughputGbPerSecond ?? 0)} GB/s${peakWords(summary.totals)}`,
      ]);
    }
    if (answers.coldTtftMs !== null) lines.push(['cold TTFT', time(answers.coldTtftMs)]);
    if (answers.score !== null) lines.push(['correct', scoreText(answers.score)]);
  }
  if (embedding !== null) {
    const { tokensPerSecond, textsPerSecond, texts, tokens, dimensions, coldBatchMs } = embedding;
    lines.push([
      'embedding',
      `${significant(tokensPerSecond)} tokens/s, ${significant(textsPerSecond)} texts/s; ${counted(texts, 'texts')} of ${counted(tokens, 'tokens')} in ${counted(dimensions, 'dimensions')}`,
    ]);
    if (coldBatchMs !== null) lines.push(['cold batch', time(coldBatchMs)]);
  }
  if (summary.energy !== null) lines.push(['energy', energyText(summary.energy)]);
  if (summary.certificate !== null) lines.push(['certificate', certificateText(summary.certificate)]);
  lines.push(['raw log', summary.log]);
  return lines.map(([name, value]) => `${paint('dim', name.padEnd(11))} ${value}`).join('\n');
}
