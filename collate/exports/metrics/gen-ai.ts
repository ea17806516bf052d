/**
 * Latencies of answers under the names of OpenTelemetry's conventions for generative AI, as a client and as a server call them.
 * Source: open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md: names, units, boundaries of the buckets.
 */

import { progress } from '../../../scripts/command-line/progress.ts';
import { isInteractive } from '../../../scripts/command-line/terminal.ts';
import { answersTable } from '../../../scripts/workloads/questions/tables.ts';
import { measurementOf } from '../../analysis/measurement.ts';
import { frameworksWithTokens, readRowByRow, readTokens } from '../../tables/read.ts';
import type { RunCell } from '../run-cells.ts';
import { emptyHistogram, type Histogram, observe } from './histogram.ts';

/** They are in development: a later version may rename them. */
export const genAiConventions = { name: 'open-telemetry/semantic-conventions-genai', version: '0.1.0' } as const;

/** A chunk is what arrives at one instant; a token counts by itself, however it arrives. */
export const genAiMetrics = [
  {
    name: 'gen_ai.client.operation.duration',
    side: 'client',
    of: 'e2e_ms',
    description: 'GenAI operation duration',
    bounds: powersOfTwo(),
  },
  {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    side: 'client',
    of: 'ttft_ms',
    description: 'Time to receive the first chunk',
    bounds: powersOfTwo(),
  },
  {
    name: 'gen_ai.client.operation.time_per_output_chunk',
    side: 'client',
    of: 'gap',
    description: 'Time per output chunk after the first one',
    bounds: powersOfTwo(),
  },
  {
    name: 'gen_ai.server.request.duration',
    side: 'server',
    of: 'e2e_ms',
    description: 'Time to the last output token',
    bounds: powersOfTwo(),
  },
  {
    name: 'gen_ai.server.time_to_first_token',
    side: 'server',
    of: 'ttft_ms',
    description: 'Time to generate the first token',
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  {
    name: 'gen_ai.server.time_per_output_token',
    side: 'server',
    of: 'tpot_ms',
    description: 'Time per output token after the first one',
    bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  },
] as const;

type GenAiMetric = (typeof genAiMetrics)[number];

/** 0.01 s to 81.92 s. */
function powersOfTwo(): number[] {
  return Array.from({ length: 14 }, (_, i) => 2 ** i / 100);
}

export interface GenAiSeries {
  metric: GenAiMetric;
  cell: RunCell;
  /** Seconds. */
  histogram: Histogram;
}

/**
 * Measured answers of the newest session of each cell. What was measured through a server was seen by a client only.
 * @param output folder with answers.csv and the tables of tokens
 */
export async function genAiSeries(output: string, cells: readonly RunCell[]): Promise<GenAiSeries[]> {
  const series = cells.flatMap((cell) =>
    genAiMetrics
      .filter(({ side }) => side === 'client' || !isBehindServer(cell))
      .map((metric) => ({ metric, cell, histogram: emptyHistogram(metric.bounds) })),
  );
  const ofRun = new Map<string, GenAiSeries[]>();
  for (const { cell, ...one } of series) {
    for (const { uuid } of cell.runs) ofRun.set(uuid ?? '', [...(ofRun.get(uuid ?? '') ?? []), { ...one, cell }]);
  }
  const add = (uuid: string | null, of: GenAiMetric['of'], ms: number | null) => {
    if (ms === null) return;
    for (const { metric, histogram } of ofRun.get(uuid ?? '') ?? [])
      if (metric.of === of) observe(histogram, ms / 1000);
  };
  await addAnswers(output, add);
  await addGaps(output, cells, add);
  return series.filter(({ histogram }) => histogram.count > 0);
}

type Add = (uuid: string | null, of: GenAiMetric['of'], ms: number | null) => void;

async function addAnswers(output: string, add: Add): Promise<void> {
  for await (const answer of readRowByRow(output, answersTable)) {
    if (answer.phase !== 'measured') continue;
    for (const of of ['e2e_ms', 'ttft_ms', 'tpot_ms'] as const) add(answer.uuid, of, answer[of]);
  }
}

/** Tokens of one chunk share an instant: a gap of nothing is between none. */
async function addGaps(output: string, cells: readonly RunCell[], add: Add): Promise<void> {
  const wanted = new Set(cells.map(({ newest }) => newest.framework));
  const frameworks = frameworksWithTokens(output).filter((name) => wanted.has(name));
  const line = isInteractive(process.stderr) ? progress('reading tokens') : null;
  try {
    for (const [i, framework] of frameworks.entries()) {
      line?.update(i, frameworks.length, framework);
      for await (const { uuid, phase, step, total_latency_ms: ms } of readTokens(output, framework)) {
        if (phase === 'measured' && step !== 0 && ms !== null && ms > 0) add(uuid, 'gap', ms);
      }
    }
  } finally {
    line?.end();
  }
}

function isBehindServer({ newest }: RunCell): boolean {
  return newest.device === 'server' || measurementOf(newest)['effective.settings.serverModel'] !== undefined;
}
