/** The figures of a load test as a person reads them in the terminal. */
import { significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { objectivesText } from '../../log/figures/objectives.ts';
import type { LatencyPercentiles } from '../../statistics/statistics.ts';
import type { LoadResults, StageFigures } from './figures.ts';
import { stageLabel } from './stages.ts';

export function loadText({ stages, objectives, saturation }: LoadResults): string {
  const tokens = stages.every(({ figures }) => figures.piecesAreTokens);
  const header = [
    'load',
    'sent',
    'failed',
    'requests/s',
    'tokens/s',
    'TTFT p50',
    'p99 (ms)',
    'TPOT p50',
    'p99 (ms)',
    `${tokens ? 'ITL' : 'inter-chunk'} p50`,
    'p99 (ms)',
    ...(stages.some(({ figures }) => figures.goodput !== null) ? ['goodput/s', 'kept'] : []),
  ];
  const rows = stages.map(({ shape, figures }) => [
    stageLabel(shape),
    String(figures.sent),
    failed(figures),
    significant(figures.requestsPerSecond),
    significant(figures.tokensPerSecond),
    ...middleAndTail(figures.ttftMs),
    ...middleAndTail(figures.tpotMs),
    ...middleAndTail(figures.gapMs),
    ...(figures.goodput === null
      ? []
      : [significant(figures.goodput.requestsPerSecond), `${significant(figures.goodput.share * 100)} %`]),
  ]);
  const kept = Object.keys(objectives).length === 0 ? [] : [`Goodput: answers with ${objectivesText(objectives)}.`];
  return [table(header, rows), [...kept, ...(saturation === null ? [] : [saturation])].join('\n')]
    .filter((block) => block !== '')
    .join('\n\n');
}

function middleAndTail({ p50, p99 }: LatencyPercentiles): string[] {
  return [p50, p99].map((value) => (value === null ? '-' : significant(value)));
}

function failed({ failures, cancelled }: StageFigures): string {
  const parts = Object.entries(failures).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`);
  return [...parts, ...(cancelled > 0 ? [`${cancelled} stopped`] : [])].join(', ') || '0';
}
