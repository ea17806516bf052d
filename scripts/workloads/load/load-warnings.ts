/** A load test's doubts about its own numbers. */
import { significant } from '../../command-line/format.ts';
import { isSameCount } from '../../engine/answer-text.ts';
import { type Header, type RunRecord, type WarningRecord, warning } from '../../log/run-log-format.ts';
import { cachedWarning, chunkWarning, heldBackWarning, lengthWarnings, limitsOf } from '../../run/server-warnings.ts';
import { mean, median } from '../../statistics/statistics.ts';
import {
  failedRequests,
  isCompleted,
  isHeldBack,
  type LoadStage,
  loadResults,
  queueGrew,
  requestArrivals,
  type StageFigures,
} from './figures.ts';
import type { LoadRequestRecord } from './records.ts';
import { stageLabel } from './stages.ts';

const nsPerMs = 1e6;
const fewAnswers = 50;
const noticeableLagMs = 5;
/** Of the mean gap; half of the gaps lie below it. */
const burst = 0.1;

export function loadWarnings(header: Header, records: readonly RunRecord[]): WarningRecord[] {
  const results = loadResults(header, records);
  if (results === null) return [];
  const requests = records.filter((record): record is LoadRequestRecord => record.type === 'load_request');
  return [
    ...results.stages.flatMap(failureWarnings),
    ...results.stages.flatMap(queueWarnings),
    ...fewAnswersWarnings(results.stages),
    ...burstWarnings(requests),
    ...lagWarnings(results.stages.map(({ figures }) => figures)),
    ...requestWarnings(header, requests),
  ];
}

function failureWarnings({ shape, figures }: LoadStage): WarningRecord[] {
  const failed = failedRequests(figures);
  if (failed === 0) return [];
  const kinds = Object.entries(figures.failures).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`);
  return [
    warning(
      'requests_failed',
      `${failed} of ${figures.sent} requests failed (${stageLabel(shape)}): ${kinds.join(', ')}; they are in no mean and no percentile`,
    ),
  ];
}

function queueWarnings({ shape, figures }: LoadStage): WarningRecord[] {
  if (shape.kind === 'closed') return [];
  const { requestsPerSecond } = figures;
  if (!queueGrew(shape.perSecond, figures)) return [];
  return [
    warning(
      'queue_grew',
      `${shape.perSecond} requests/s came and ${significant(requestsPerSecond)} were answered: the queue grew, and the latencies are those of so long a test; a longer one shows longer ones`,
    ),
  ];
}

function fewAnswersWarnings(stages: readonly LoadStage[]): WarningRecord[] {
  const few = stages.filter(({ figures }) => figures.completed < fewAnswers);
  if (few.length === 0) return [];
  return [
    warning(
      'few_answers',
      `${few.length} of ${stages.length} stages have fewer than ${fewAnswers} answers, too few for percentiles of their tail; lengthen them with --load-seconds`,
    ),
  ];
}

/** A client that waits for the processor finds many pieces at once; so does one behind a proxy that holds them back. */
function burstWarnings(requests: readonly LoadRequestRecord[]): WarningRecord[] {
  const gapsMs = requests.flatMap(({ gapsNs }) => gapsNs).map((gapNs) => gapNs / nsPerMs);
  if (gapsMs.length === 0) return [];
  const [middle, average] = [median(gapsMs), mean(gapsMs)];
  if (middle >= burst * average) return [];
  return [
    warning(
      'arrived_in_bursts',
      `half of the pieces came within ${significant(middle)} ms of the one before, though ${significant(average)} ms lie between them on average: they came in bursts, so TPOT is too short and TTFT too long; the client may need a machine of its own`,
    ),
  ];
}

function lagWarnings(stages: readonly StageFigures[]): WarningRecord[] {
  const lag = Math.max(0, ...stages.map(({ lagMs }) => lagMs.p99 ?? lagMs.p90 ?? 0));
  if (lag <= noticeableLagMs) return [];
  return [
    warning(
      'client_lag',
      `the client itself sent up to ${significant(lag)} ms late: it is short of processor time; lower the load, or run it on another machine`,
    ),
  ];
}

function requestWarnings({ requested }: Header, requests: readonly LoadRequestRecord[]): WarningRecord[] {
  const answered = requests.filter(isCompleted);
  const sum = (some: readonly LoadRequestRecord[], pick: (request: LoadRequestRecord) => number) =>
    some.reduce((total, request) => total + pick(request), 0);
  const cached = sum(answered, ({ cachedPromptTokens }) => cachedPromptTokens);
  const miscounted = answered.filter(({ tokens, ownTokens, stop }) => !isSameCount(tokens, ownTokens, stop)).length;
  const tokens = sum(answered, (request) => request.tokens);
  const pieces = sum(answered, ({ firstTokenNs, gapsNs }) => (firstTokenNs === null ? 0 : gapsNs.length + 1));
  const held = answered.filter(isHeldBack);
  const empty = answered.filter((request) => request.tokens === 0).length;
  return [
    ...(pieces < tokens ? [chunkWarning(tokens, pieces)] : []),
    ...(held.length > 0
      ? [
          heldBackWarning(
            `${held.length} of ${answered.length}`,
            sum(held, (request) => request.tokens),
            sum(held, (request) => requestArrivals(request).arrivals),
          ),
        ]
      : []),
    ...(empty > 0
      ? [warning('empty_answers', `${empty} of ${answered.length} answers have no token: they are in no latency`)]
      : []),
    ...(miscounted > 0
      ? [
          warning(
            'token_counts_differ',
            `the server counts other tokens in ${miscounted} of ${answered.length} answers than our tokenizer finds; its count was taken, and the model's file may be another`,
          ),
        ]
      : []),
    ...(cached > 0 ? [cachedWarning(cached)] : []),
    ...lengthWarnings(answered, limitsOf([], requested)),
  ];
}
