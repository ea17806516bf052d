/** A comparison as a person reads it in the terminal. */
import { bytes, significant } from '../command-line/format.ts';
import { paint, table } from '../command-line/terminal.ts';
import type { ComparisonResult, ComparisonRow } from './comparison.ts';

export function comparisonText(result: ComparisonResult): string {
  const parts = result.classes.map(
    ({ weightClass, rows }) => `${paint('bold', `${weightClass} weights`)}\n${classTable(rows, result.metric)}`,
  );
  if (result.notRun.length > 0) {
    const rows = result.notRun.map(({ framework, quantize, status, reason, remedy }) => [
      framework,
      quantize,
      status,
      remedy === null ? reason : `${reason}. ${remedy}`,
    ]);
    parts.push(`${paint('bold', 'Did not run')}\n${table(['framework', 'weights', 'status', 'reason'], rows, 'llll')}`);
  }
  return parts.join('\n\n');
}

function classTable(rows: readonly ComparisonRow[], metric: ComparisonResult['metric']): string {
  const header = [
    'framework',
    'weights',
    'runs',
    `${metric} (tokens/s)`,
    '95 %',
    'TTFT (ms)',
    'prefill (tokens/s)',
    'peak memory',
    'correct',
    'against the fastest',
  ];
  return table(
    header,
    rows.map((row) => [
      row.framework,
      row.quantize,
      String(row.runs),
      significant(row.tokensPerSecond.mean),
      row.tokensPerSecond.interval === null
        ? '-'
        : `${significant(row.tokensPerSecond.interval.low)} to ${significant(row.tokensPerSecond.interval.high)}`,
      row.ttftMs === null ? '-' : significant(row.ttftMs.mean),
      row.prefillTokensPerSecond === null ? '-' : significant(row.prefillTokensPerSecond.mean),
      row.peakBytes === null ? '-' : bytes(row.peakBytes),
      row.correct ?? '-',
      rows.length === 1 ? 'alone in its class' : verdictText(row),
    ]),
    'llrrrrrrrl',
  );
}

function verdictText({ against, comparable, sameOutputs }: ComparisonRow): string {
  if (!comparable) return 'not ranked: not comparable';
  if (against === null) return 'fastest';
  const ratio = `${significant(against.ratio)}x`;
  if (!sameOutputs) return `${ratio}, not ranked: its outputs differ from the fastest one's`;
  switch (against.verdict) {
    case 'lower':
      return `${ratio}, slower`;
    case 'higher':
      return `${ratio}, faster`;
    case 'no detectable difference':
      return `${ratio}, no detectable difference (the smallest here is ${percent(against.smallestDetectable)})`;
    case 'too few runs':
      return `${ratio}, too few runs to say: ${against.runsNeeded} each are needed (--iterations ${against.runsNeeded})`;
    default:
      return against.verdict satisfies never;
  }
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${significant(share * 100, 2)} %`;
}
