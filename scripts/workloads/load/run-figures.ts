/** Figures of a whole load test: its stages, whether a ramp is saturated, and whether the server keeps up with the load. */
import { significant } from '../../command-line/format.ts';
import { type Objectives, objectivesOf } from '../../log/figures/objectives.ts';
import type { Header, RunRecord } from '../../log/run-log-format.ts';
import { failedRequests, type StageFigures, stageFigures } from './figures.ts';
import type { LoadStageRecord } from './records.ts';

interface LoadStage {
  shape: LoadStageRecord['shape'];
  /** Only stages of a ramp can be; null in others. */
  saturated: boolean | null;
  figures: StageFigures;
}

export interface LoadResults {
  /** As on the command line. */
  load: string;
  objectives: Objectives;
  stages: LoadStage[];
  /** Where a ramp ended, in words; null for other shapes, and for a ramp that was stopped. */
  saturation: string | null;
}

export function isRamp({ requested }: Header): boolean {
  return String(requested.load).startsWith('ramp');
}

/** Null in logs of other workloads, and where no stage was measured. */
export function loadResults(header: Header, records: readonly RunRecord[]): LoadResults | null {
  const requests = records.filter((record) => record.type === 'load_request');
  const objectives = objectivesOf(header.requested);
  const stages: LoadStage[] = [];
  for (const record of records) {
    if (record.type !== 'load_stage') continue;
    const figures = stageFigures(record, requests, objectives);
    const before = stages.map((stage) => stage.figures);
    stages.push({ shape: record.shape, saturated: isRamp(header) ? isSaturated(figures, before) : null, figures });
  }
  if (stages.length === 0) return null;
  return { load: String(header.requested.load), objectives, stages, saturation: saturationOf(stages) };
}

function saturationOf(stages: readonly LoadStage[]): string | null {
  if (stages.some(({ saturated, figures }) => saturated === null || figures.cancelled > 0)) return null;
  return saturationSentence(
    stages.map(({ shape, saturated, figures }) => ({
      clients: shape.kind === 'closed' ? shape.clients : 0,
      tokensPerSecond: figures.tokensPerSecond,
      saturated: saturated === true,
      failed: figures.sent === 0 ? 0 : failedRequests(figures) / figures.sent,
    })),
  );
}

const leastGain = 0.05;
const mostFailed = 0.01;

/** Whether a stage of a ramp gains too little over the best one before, or too many of its requests fail. */
export function isSaturated(stage: StageFigures, before: readonly StageFigures[]): boolean {
  if (failedRequests(stage) > mostFailed * stage.sent) return true;
  if (before.length === 0) return false;
  const best = Math.max(...before.map(({ tokensPerSecond }) => tokensPerSecond));
  return stage.tokensPerSecond < best * (1 + leastGain);
}

const growingDrift = 1.5;
const leastAnswered = 0.5;

/**
 * Whether more requests came than were answered, so that each waited longer than the one before. Answers later than the last
 * arrival lower the rate of a short test too; only half of it says something by itself.
 */
export function queueGrew(
  perSecond: number,
  { e2eDrift, requestsPerSecond }: Pick<StageFigures, 'e2eDrift' | 'requestsPerSecond'>,
): boolean {
  return (e2eDrift ?? 1) >= growingDrift || requestsPerSecond <= leastAnswered * perSecond;
}

interface RampPoint {
  clients: number;
  tokensPerSecond: number;
  saturated: boolean;
  /** Share of the requests that failed. */
  failed: number;
}

/** Where a ramp ended, in words. @param points in order, at least one */
export function saturationSentence(points: readonly RampPoint[]): string {
  const [last, before] = [points.at(-1), points.at(-2)];
  if (last === undefined) return 'Nothing was measured.';
  const rate = (point: RampPoint) => `${significant(point.tokensPerSecond)} tokens/s`;
  if (!last.saturated) {
    return `Not saturated: ${last.clients} at a time get ${rate(last)}, and more clients may get more.`;
  }
  if (last.failed > mostFailed) {
    const share = `${significant(last.failed * 100, 2)} % of the requests fail`;
    return before === undefined
      ? `Even one at a time, ${share}.`
      : `With ${last.clients} at a time ${share}: ${before.clients} is the most it bears, with ${rate(before)}.`;
  }
  if (before === undefined) return `Saturated at once: ${rate(last)}.`;
  return `Saturated with ${before.clients} at a time and ${rate(before)}: ${last.clients} at a time get ${rate(last)}, not 5 % more.`;
}
