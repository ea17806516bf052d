/** Levels of resource pool tests as lines over the answers at a time: one panel for each host, framework and model. */

import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { measurementBut } from '../../collate/analysis/measurement.ts';
import type { Measurement } from '../../scripts/log/measurement.ts';
import { differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { PoolRow } from '../../scripts/workloads/pool/tables.ts';
import { meanOf } from './metric.ts';

/** What is drawn over concurrency; kinds of levels whose answers all come from one model. */
const lineKinds = ['engines', 'sequences'] as const;
type LineKind = (typeof lineKinds)[number];

export interface PoolLine {
  kind: LineKind;
  /** 'engine processes', 'sequences in one batch' */
  name: string;
  levels: PoolLevel[];
}

export interface PoolLevel {
  concurrency: number;
  /** One of each run. */
  rows: readonly PoolRow[];
}

export interface PoolPanel {
  framework: string;
  hostname: string;
  /** 'vm · cpu · Tiny chat f16' */
  place: string;
  lines: PoolLine[];
  /** Behind the level that has most; in a sweep each level is a run of its own. */
  runs: number;
}

const names: Record<LineKind, string> = { engines: 'engine processes', sequences: 'sequences, one batch' };

/** Panels with a level of more than one answer at a time. */
export function poolPanels({
  pool: rows,
  runs,
}: {
  readonly pool: readonly PoolRow[];
  readonly runs: readonly RunRow[];
}): PoolPanel[] {
  const runOf = new Map(runs.map((run) => [run.uuid, run]));
  const levels = rows.filter(({ kind }) => lineKinds.some((known) => known === kind));
  const panels = groupBy(levels, (row) => [
    ...[row.hostname, row.device, row.framework, row.models, row.framework_version],
    JSON.stringify(fixedOf(runOf.get(row.uuid))),
  ]);
  const fixed = panels.map(([{ uuid }]) => fixedOf(runOf.get(uuid)) ?? {});
  return panels
    .map((panel, i) => {
      const [{ uuid, framework, hostname, device, models }] = panel;
      const title = frameworkTitle(runOf.get(uuid) ?? { framework });
      const differing = differingWords(fixed[i] ?? {}, fixed, inPlace);
      const lines = lineKinds.flatMap((kind) => lineOf(kind, panel));
      return {
        framework: framework ?? 'unknown framework',
        hostname: hostname ?? 'unknown host',
        place: [title, hostname, device, models, ...differing].filter((part) => part !== null).join(' · '),
        lines,
        runs: Math.max(0, ...lines.flatMap(({ levels }) => levels.map(({ rows }) => rows.length))),
      };
    })
    .filter(({ lines }) => lines.some((line) => line.levels.some(({ concurrency }) => concurrency > 1)))
    .sort((a, b) => (a.place < b.place ? -1 : 1));
}

/** In a sweep each level is a run of its own. */
function fixedOf(run: RunRow | undefined): Measurement | null {
  const levels = ['requested.pool_engines', 'requested.pool_sequences'];
  return run === undefined ? null : measurementBut(run, levels);
}

/** What the name of a panel says anyway. */
const inPlace = ['effective.device', 'model.name', 'model.quantize', 'model.sha256', 'framework.name'];

function lineOf(kind: LineKind, panel: readonly PoolRow[]): PoolLine[] {
  const rows = panel.filter((row) => row.kind === kind);
  const levels = groupBy(rows, (row) => [row.concurrency])
    .map((level) => ({ concurrency: level[0].concurrency ?? 0, rows: level }))
    .sort((a, b) => a.concurrency - b.concurrency);
  return levels.length === 0 ? [] : [{ kind, name: names[kind], levels }];
}

/** Geometric mean over runs; null where no run has the figure. */
export function levelMean({ rows }: PoolLevel, column: LevelFigure): number | null {
  return meanOf(rows, column);
}

type LevelFigure =
  | 'tokens_per_s'
  | 'fairness'
  | 'worker_tokens_per_s'
  | 'ttft_p50_ms'
  | 'ttft_p95_ms'
  | 'tpot_p50_ms'
  | 'tpot_p95_ms';
