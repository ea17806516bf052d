/**
 * Load tests as series: the stages of one server, model and kind of arrivals, by how many clients there were or how many
 * requests came. Servers, hosts and weight classes are never pooled, nor stages with other limits or other answers.
 */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { measurementBut } from '../../collate/analysis/measurement.ts';
import { differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { LoadRow } from '../../scripts/workloads/load/tables.ts';
import { meanOf } from './metric.ts';

export interface LoadSeries {
  readonly framework: string;
  /** What the server says of itself, where it is, and on what other terms than the others: `at most 8 tokens`. */
  readonly server: string;
  readonly hostname: string;
  readonly model: string;
  readonly weightClass: string;
  readonly synthetic: boolean;
  readonly arrivals: 'closed' | 'constant' | 'poisson';
  /** `TTFT at most 500 ms`; empty where no limit was set. */
  readonly limits: string;
  readonly limitsMs: { readonly ttft: number | null; readonly tpot: number | null };
  /** Ascending. */
  readonly steps: readonly LoadStep[];
}

export interface LoadStep {
  /** Clients, or requests that come per second. */
  readonly load: number;
  /** One a run. */
  readonly rows: readonly LoadRow[];
}

/** Stages that were stopped are shorter than they should be, and a log that says something impossible says nothing. */
export function loadSeries(load: readonly LoadRow[], runs: readonly RunRow[]): LoadSeries[] {
  const broken = new Set(runs.filter((run) => /\bbroken_/.test(run.warnings ?? '')).map(({ uuid }) => uuid));
  const runOf = new Map(runs.map((run) => [run.uuid, run]));
  const counted = load.filter((row) => row.cancelled === 0 && !broken.has(row.uuid));
  const groups = groupBy(counted, (row) => [JSON.stringify([seriesKey(row), fixedOf(runOf.get(row.uuid))])]);
  const fixed = groups.map(([{ uuid }]) => fixedOf(runOf.get(uuid)) ?? {});
  return groups
    .map((rows, i) => seriesOf(rows, differingWords(fixed[i] ?? {}, fixed, inSeries)))
    .sort(
      (a, b) =>
        a.hostname.localeCompare(b.hostname, 'en') ||
        a.server.localeCompare(b.server, 'en', { numeric: true }) ||
        a.model.localeCompare(b.model, 'en', { numeric: true }) ||
        b.weightClass.localeCompare(a.weightClass, 'en', { numeric: true }) ||
        a.arrivals.localeCompare(b.arrivals, 'en') ||
        a.limits.localeCompare(b.limits, 'en', { numeric: true }),
    );
}

/** In a sweep each load is a run of its own. */
const fixedOf = (run: RunRow | undefined) => (run === undefined ? null : measurementBut(run, ['requested.load']));

/** What the name of a series says anyway. */
const inSeries = [
  ...['framework.name', 'framework.version', 'effective.deviceName', 'model.name', 'model.quantize', 'model.sha256'],
  ...['requested.sloTtftMs', 'requested.sloTpotMs', 'requested.sloE2eMs'],
];

function seriesKey(row: LoadRow) {
  const { framework, framework_version, server, hostname, model, weight_class, quantize, arrivals, max_tokens } = row;
  const limits = [row.slo_ttft_ms, row.slo_tpot_ms, row.slo_e2e_ms];
  return [framework, framework_version, server, hostname, model, weight_class, quantize, arrivals, max_tokens, limits];
}

/** @param differing in what it was measured otherwise than the others */
function seriesOf(rows: readonly [LoadRow, ...LoadRow[]], differing: readonly string[]): LoadSeries {
  const [first] = rows;
  return {
    framework: first.framework ?? 'unknown framework',
    server: [first.framework_version, first.server, ...differing].filter((part) => part !== null).join(' · '),
    hostname: first.hostname ?? 'unknown host',
    model: first.model ?? 'unknown model',
    weightClass: first.weight_class ?? 'unknown weight class',
    synthetic: first.synthetic === true,
    arrivals: first.arrivals === 'constant' || first.arrivals === 'poisson' ? first.arrivals : 'closed',
    limits: limitsOf(first),
    limitsMs: { ttft: first.slo_ttft_ms, tpot: first.slo_tpot_ms },
    steps: groupBy(rows, (row) => [loadOf(row)])
      .map((same) => ({ load: loadOf(same[0]), rows: same }))
      .sort((a, b) => a.load - b.load),
  };
}

function limitsOf({ slo_ttft_ms, slo_tpot_ms, slo_e2e_ms }: LoadRow): string {
  return [
    ...(slo_ttft_ms === null ? [] : [`TTFT at most ${slo_ttft_ms} ms`]),
    ...(slo_tpot_ms === null ? [] : [`TPOT at most ${slo_tpot_ms} ms`]),
    ...(slo_e2e_ms === null ? [] : [`end to end at most ${slo_e2e_ms} ms`]),
  ].join(', ');
}

function loadOf(row: LoadRow): number {
  return row.clients ?? row.rate_per_s ?? 0;
}

type Figure = {
  [C in keyof LoadRow]: LoadRow[C] extends number | null ? C : never;
}[keyof LoadRow];

/** Geometric mean over the runs that have the figure; null where none has. */
export function stepMean({ rows }: LoadStep, figure: Figure): number | null {
  return meanOf(rows, figure);
}

/** `4 at a time`, `2.5/s poisson`. */
export function loadWords({ arrivals }: Pick<LoadSeries, 'arrivals'>, { load }: Pick<LoadStep, 'load'>): string {
  return arrivals === 'closed' ? `${load} at a time` : `${load}/s ${arrivals}`;
}

const tails = ['p99', 'p95', 'p90'] as const;
export type Tail = (typeof tails)[number];

/** The furthest percentile for which most of the stages have answers enough; null where even p90 is too far. */
export function tailOf(series: readonly LoadSeries[]): Tail | null {
  const steps = series.flatMap((each) => each.steps);
  return (
    tails.find(
      (tail) => steps.filter((step) => stepMean(step, `ttft_${tail}_ms`) !== null).length * 2 > steps.length,
    ) ?? null
  );
}
