/** What a load test says: its figures as a person reads them in the terminal, and its doubts about them. */
import { significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { isSameCount } from '../../engine/answer-text.ts';
import { objectivesText } from '../../log/figures/objectives.ts';
import type { Header, RunRecord, WarningRecord } from '../../log/run-log-format.ts';
import { cachedWarning, chunkWarning, heldBackWarning, lengthWarnings, limitsOf } from '../../run/server-warnings.ts';
import { type LatencyPercentiles, mean, median } from '../../statistics/statistics.ts';
import { failedRequests, isCompleted, isHeldBack, requestArrivals, type StageFigures } from './figures.ts';
import { type LoadRequestRecord, stageLabel } from './records.ts';
import { type LoadResults, loadResults, queueGrew } from './run-figures.ts';

const columns = ['load', 'sent', 'failed', 'requests/s', 'tokens/s', 'TTFT p50', 'p99 (ms)', 'TPOT p50', 'p99 (ms)'];

export function loadText({ stages, objectives, saturation }: LoadResults): string {
  const gaps = stages.every(({ figures }) => figures.piecesAreTokens) ? 'ITL' : 'inter-chunk';
  const hasGoodput = stages.some(({ figures }) => figures.goodput !== null);
  const rows = stages.map(({ shape, figures }) => [
    stageLabel(shape),
    String(figures.sent),
    [...kindsOf(figures), ...(figures.cancelled > 0 ? [`${figures.cancelled} stopped`] : [])].join(', ') || '0',
    significant(figures.requestsPerSecond),
    significant(figures.tokensPerSecond),
    ...[figures.ttftMs, figures.tpotMs, figures.gapMs].flatMap(middleAndTail),
    ...(figures.goodput === null
      ? []
      : [significant(figures.goodput.requestsPerSecond), `${significant(figures.goodput.share * 100)} %`]),
  ]);
  const kept = Object.keys(objectives).length === 0 ? null : `Goodput: answers with ${objectivesText(objectives)}.`;
  const sentences = [kept, saturation].filter((sentence) => sentence !== null);
  return [
    table([...columns, `${gaps} p50`, 'p99 (ms)', ...(hasGoodput ? ['goodput/s', 'kept'] : [])], rows),
    ...(sentences.length === 0 ? [] : [sentences.join('\n')]),
  ].join('\n\n');
}

function middleAndTail({ p50, p99 }: LatencyPercentiles): string[] {
  return [p50, p99].map((value) => (value === null ? '-' : significant(value)));
}

/** `3 timeout`, `1 rate limited` */
function kindsOf({ failures }: StageFigures): string[] {
  return Object.entries(failures).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`);
}

const nsPerMs = 1e6;
const fewAnswers = 50;
const noticeableLagMs = 5;
/** Share of the mean gap; half of the gaps lie below it. */
const burst = 0.1;

/** A load test's doubts about its own numbers. */
export function loadWarnings(header: Header, records: readonly RunRecord[]): WarningRecord[] {
  const stages = loadResults(header, records)?.stages ?? [];
  if (stages.length === 0) return [];
  const requests = records.filter((record) => record.type === 'load_request');
  const few = stages.filter(({ figures }) => figures.completed < fewAnswers);
  const lag = Math.max(0, ...stages.map(({ figures: { lagMs } }) => lagMs.p99 ?? lagMs.p90 ?? 0));
  return [
    ...stages.flatMap(({ shape, figures }) =>
      warning(
        failedRequests(figures) > 0,
        'requests_failed',
        `${failedRequests(figures)} of ${figures.sent} requests failed (${stageLabel(shape)}): ${kindsOf(figures).join(', ')}; they are in no mean and no percentile`,
      ),
    ),
    ...stages.flatMap(({ shape, figures }) =>
      shape.kind === 'closed'
        ? []
        : warning(
            queueGrew(shape.perSecond, figures),
            'queue_grew',
            `${shape.perSecond} requests/s came and ${significant(figures.requestsPerSecond)} were answered: the queue grew, and the latencies are those of so long a test; a longer one shows longer ones`,
          ),
    ),
    ...warning(
      few.length > 0,
      'few_answers',
      `${few.length} of ${stages.length} stages have fewer than ${fewAnswers} answers, too few for percentiles of their tail; lengthen them with --load-seconds`,
    ),
    ...burstWarnings(requests),
    ...warning(
      lag > noticeableLagMs,
      'client_lag',
      `the client itself sent up to ${significant(lag)} ms late: it is short of processor time; lower the load, or run it on another machine`,
    ),
    ...answerWarnings(header, requests.filter(isCompleted)),
  ];
}

/** A client that waits for the processor finds many pieces at once; so does one behind a proxy that holds them back. */
function burstWarnings(requests: readonly LoadRequestRecord[]): WarningRecord[] {
  const gapsMs = requests.flatMap(({ gapsNs }) => gapsNs).map((gapNs) => gapNs / nsPerMs);
  if (gapsMs.length === 0) return [];
  const [middle, average] = [median(gapsMs), mean(gapsMs)];
  return warning(
    middle < burst * average,
    'arrived_in_bursts',
    `half of the pieces came within ${significant(middle)} ms of the one before, though ${significant(average)} ms lie between them on average: they came in bursts, so TPOT is too short and TTFT too long; the client may need a machine of its own`,
  );
}

/** @param answers that came whole */
function answerWarnings({ requested }: Header, answers: readonly LoadRequestRecord[]): WarningRecord[] {
  const sum = (some: readonly LoadRequestRecord[], pick: (request: LoadRequestRecord) => number) =>
    some.reduce((total, request) => total + pick(request), 0);
  const tokensIn = (some: readonly LoadRequestRecord[]) => sum(some, ({ tokens }) => tokens);
  const cached = sum(answers, ({ cachedPromptTokens }) => cachedPromptTokens);
  const pieces = sum(answers, ({ firstTokenNs, gapsNs }) => (firstTokenNs === null ? 0 : gapsNs.length + 1));
  const miscounted = answers.filter(({ tokens, ownTokens, stop }) => !isSameCount(tokens, ownTokens, stop)).length;
  const held = answers.filter(isHeldBack);
  const arrivals = sum(held, (request) => requestArrivals(request).arrivals);
  const empty = answers.filter(({ tokens }) => tokens === 0).length;
  return [
    ...(pieces < tokensIn(answers) ? [chunkWarning(tokensIn(answers), pieces)] : []),
    ...(held.length > 0 ? [heldBackWarning(`${held.length} of ${answers.length}`, tokensIn(held), arrivals)] : []),
    ...warning(
      empty > 0,
      'empty_answers',
      `${empty} of ${answers.length} answers have no token: they are in no latency`,
    ),
    ...warning(
      miscounted > 0,
      'token_counts_differ',
      `the server counts other tokens in ${miscounted} of ${answers.length} answers than our tokenizer finds; its count was taken, and the model's file may be another`,
    ),
    ...(cached > 0 ? [cachedWarning(cached)] : []),
    ...lengthWarnings(answers, limitsOf([], requested)),
  ];
}

function warning(applies: boolean, code: string, message: string): WarningRecord[] {
  return applies ? [{ type: 'warning', code, message }] : [];
}
