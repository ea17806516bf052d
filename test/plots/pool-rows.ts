/** Rows of pool.csv. */
import { isRow, type Value } from '../../scripts/results/table.ts';
import { type PoolRow, poolTable } from '../../scripts/workloads/pool/tables.ts';

export function poolRow(part: Partial<PoolRow>): PoolRow {
  const shared = { uuid: 'one', framework: 'llamacpp', hostname: 'box', device: 'cpu', models: 'tiny f16' };
  const all: Partial<PoolRow> = { ...shared, model: 'tiny', quantize: 'f16', ...part };
  const cells: Record<string, Value> = Object.fromEntries(
    poolTable.columns.map(({ name }) => [name, all[name] ?? null]),
  );
  if (!isRow(cells, poolTable.columns)) throw new Error('not a row');
  return cells;
}

export function levelRow(kind: string, concurrency: number, rate: number, part: Partial<PoolRow> = {}): PoolRow {
  return poolRow({
    kind,
    concurrency,
    engines: kind === 'engines' ? concurrency : 1,
    sequences: kind === 'sequences' ? concurrency : 1,
    tokens_per_s: rate,
    worker_tokens_per_s: rate / concurrency,
    ttft_p50_ms: 10 * concurrency,
    tpot_p50_ms: (1000 * concurrency) / rate,
    answered: 20,
    resident_bytes: 200e6 * concurrency,
    proportional_bytes: 120e6 * concurrency,
    shared_bytes: 80e6 * concurrency,
    ...part,
  });
}

/** Engines 1 and 2, sequences 1 and 4 of one run. */
export const levels = (uuid: string) => [
  levelRow('engines', 1, 100, { uuid }),
  levelRow('engines', 2, 150, { uuid }),
  levelRow('sequences', 1, 100, { uuid }),
  levelRow('sequences', 4, 250, { uuid }),
];
