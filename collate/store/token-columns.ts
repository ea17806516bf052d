/**
 * What is stored of a token. Times are whole nanoseconds, as they were logged; rates follow from them and are made by the view
 * `flat.tokens`, bit by bit as the CSV file has them. So a token takes a dozen bytes, and not two hundred.
 */
import { weightBytesPerToken } from '../../scripts/results/figures/metrics.ts';
import type { Run } from '../../scripts/results/run.ts';
import { runColumns } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts, Value } from '../../scripts/results/table.ts';
import { type OfToken, tokenColumns } from '../../scripts/workloads/questions/tables.ts';
import { type StoredColumn, storedOf } from './stored-column.ts';
import type { SourcedColumn } from './table-writer.ts';

type TokenColumn = SourcedColumn<OfToken>;

/** Facts of a run that the rates of its tokens need, and no CSV file has. */
export const extraRunColumns = [
  { name: 'weight_bytes_per_token', type: 'DOUBLE' },
  { name: 'kv_bytes_per_position', type: 'DOUBLE' },
  { name: 'state_bytes', type: 'DOUBLE' },
] as const satisfies readonly StoredColumn[];

export function extraRunValues({ header, effective }: Run): Record<string, Value> {
  return {
    weight_bytes_per_token: weightBytesPerToken(header.model, effective),
    kv_bytes_per_position: effective?.kvBytesPerPosition ?? null,
    state_bytes: effective === null ? null : (effective.stateBytes ?? 0),
  };
}

/** Columns that the view makes, by name. t: the token, r: its run. */
const derived: Readonly<Record<string, string>> = {
  tokens_per_sec: 'CASE WHEN t.has_rate THEN 1e9 / t.total_latency_ns END',
  memory_throughput_gb_s: `CASE WHEN t.has_rate THEN ((r.weight_bytes_per_token
    + (r.kv_bytes_per_position * t.positions + r.state_bytes)) * (1e9 / t.total_latency_ns)) / 1e9 END`,
  param_throughput_gb_s: 'CASE WHEN t.has_rate THEN (r.weight_bytes_per_token * (1e9 / t.total_latency_ns)) / 1e9 END',
};

const added: readonly TokenColumn[] = [
  // Where the gap to the token before is that of one token.
  { name: 'has_rate', type: 'BOOLEAN', of: ({ rate }) => rate !== null },
  // KV positions that the step attends to; null for a token whose answer was never completed.
  {
    name: 'positions',
    type: 'BIGINT',
    of: ({ answer, token }) => (answer === null ? null : answer.promptTokens + token.step),
  },
];

const ofRun: readonly ColumnFacts[] = runColumns;
const nsPerMs = 1e6;

export const storedTokenColumns: readonly TokenColumn[] = [
  ...tokenColumns
    .filter((column) => !ofRun.includes(column) && derived[column.name] === undefined)
    .map((column): TokenColumn => {
      const { name, unit, of } = column;
      const read = (token: OfToken) => of(token) ?? null;
      if (unit !== 'ms') return { ...storedOf(column), of: read };
      const inNs = (token: OfToken) => {
        const ms = read(token);
        return typeof ms === 'number' ? ms * nsPerMs : null;
      };
      return { name: nsName(name), type: 'BIGINT', of: inNs };
    }),
  ...added,
];

function nsName(name: string): string {
  return name.replace(/_ms$/, '_ns');
}

/** A column of the CSV file from what is stored, in SQL; undefined for one that stands in `runs`. */
export function tokenExpression(column: ColumnFacts): string | undefined {
  if (ofRun.includes(column)) return undefined;
  const { name, unit } = column;
  return derived[name] ?? (unit === 'ms' ? `t."${nsName(name)}" / 1e6` : `t."${name}"`);
}
