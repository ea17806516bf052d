/** What a load test found: from the records of a log to the figures of its stages. */

import type { LoadRequestRecord, LoadStageRecord } from '../../workloads/load/records.ts';
import type { Header, RunRecord } from '../run-log-format.ts';
import { failedRequests, type StageFigures, stageFigures } from './load-metrics.ts';
import { type Objectives, objectivesOf } from './objectives.ts';
import { isSaturated, saturationSentence } from './saturation.ts';

export interface LoadStage {
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
  const stageRecords = records.filter((record): record is LoadStageRecord => record.type === 'load_stage');
  if (stageRecords.length === 0) return null;
  const requests = records.filter((record): record is LoadRequestRecord => record.type === 'load_request');
  const objectives = objectivesOf(header.requested);
  const stages: LoadStage[] = [];
  for (const record of stageRecords) {
    const figures = stageFigures(record, requests, objectives);
    const before = stages.map((stage) => stage.figures);
    stages.push({
      shape: record.shape,
      saturated: isRamp(header) ? isSaturated(figures, before) : null,
      figures,
    });
  }
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
