/** The figures of a load test as a person reads them in the terminal. */
import { significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import type { Percentiles, StageFigures } from './load-metrics.ts';
import type { LoadStageRecord } from './load-records.ts';
import { type Objectives, objectivesText } from './objectives.ts';

export function loadText(
  stages: ReadonlyArray<{ shape: LoadStageRecord['shape']; figures: StageFigures }>,
  limits: Objectives,
): string {
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
    shape.kind === 'closed' ? `${shape.clients} at a time` : `${shape.perSecond}/s ${shape.arrivals}`,
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
  const kept = Object.keys(limits).length === 0 ? [] : [`Goodput: answers with ${objectivesText(limits)}.`];
  return [table(header, rows), ...kept, ...doubts(stages)].join('\n\n');
}

function middleAndTail({ p50, p99 }: Percentiles): string[] {
  return [p50, p99].map((value) => (value === null ? '-' : significant(value)));
}

function failed({ failures, cancelled }: StageFigures): string {
  const parts = Object.entries(failures).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`);
  return [...parts, ...(cancelled > 0 ? [`${cancelled} stopped`] : [])].join(', ') || '0';
}

const noticeableLagMs = 5;

/** What the tool doubts of its own figures. */
function doubts(stages: ReadonlyArray<{ figures: StageFigures }>): string[] {
  const lag = Math.max(0, ...stages.map(({ figures }) => figures.lagMs.p99 ?? 0));
  return lag > noticeableLagMs
    ? [`The client itself sent up to ${significant(lag)} ms late (p99): it is short of processor time; lower the load.`]
    : [];
}
