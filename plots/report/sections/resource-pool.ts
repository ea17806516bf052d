/** Several answers and models at once: throughput and latency, memory that is shared, what loads leave behind, recovery. */
import { bytes, milliseconds } from '../../../scripts/command-line/format.ts';
import type { PoolRow } from '../../../scripts/workloads/pool/tables.ts';
import { titled } from '../../data/titled.ts';
import { type Block, type Cell, note, warning } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';
import { count, type Field, figure, left, right, shown, tableIfAny, withoutConstants } from '../table.ts';

const levelKinds = ['engines', 'sequences', 'models'];

export const resourcePool: Part = {
  id: 'resource-pool',
  title: 'Several answers and models at once',
  blocks(input) {
    const pool = titled(input.data.pool, input.data);
    const levels = pool.filter(({ kind }) => levelKinds.includes(kind ?? ''));
    const recoveries = pool.filter(({ kind }) => kind !== 'cycles' && !levelKinds.includes(kind ?? ''));
    return [
      ...chartBlocks(input, 'concurrency_throughput', 'concurrency_latency'),
      ...table(
        'Models alone and side by side, an engine each',
        levels.filter(({ kind }) => kind === 'models'),
        [
          [left('Host'), (row) => row.hostname],
          [left('Models'), (row) => row.models],
          [left('Framework'), (row) => row.framework],
          [right('All together', 'tokens/s'), (row) => figure(row.tokens_per_s)],
          [right('Slowest client', 'tokens/s'), (row) => figure(row.worker_tokens_per_s_min)],
          [right('TPOT, median', 'ms'), (row) => figure(row.tpot_p50_ms)],
        ],
      ),
      ...memory(levels),
      ...table(
        'One engine that loads, answers and unloads repeatedly',
        pool.filter(({ kind }) => kind === 'cycles'),
        [
          ...placeFields,
          [right('Cycles'), (row) => count(row.cycles ?? 0)],
          [right('Resident'), (row) => size(row.resident_bytes)],
          [right('By the engine'), (row) => size(row.engine_bytes)],
          [right('Overhead'), (row) => size(row.overhead_bytes)],
          [right('Growth per cycle'), (row) => size(row.growth_per_cycle_bytes)],
        ],
      ),
      ...recovery(recoveries),
    ];
  },
};

const placeFields: ReadonlyArray<Field<PoolRow>> = [
  [left('Host'), (row) => row.hostname],
  [left('Model'), (row) => `${row.model} ${row.quantize}`],
  [left('Framework'), (row) => row.framework],
];

const table = (...definition: Parameters<typeof tableIfAny<PoolRow>>) =>
  tableIfAny(...definition).map(withoutConstants);

function memory(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  const tokenizers: Field<PoolRow> = [right('Tokenizer processes'), (row) => size(row.tokenizer_bytes)];
  return [
    ...table('Memory of all engines together', rows, [
      ...placeFields,
      [left('Level'), levelName],
      [right('Resident'), (row) => size(row.resident_bytes)],
      [right('PSS'), (row) => size(row.proportional_bytes)],
      [right('USS'), (row) => size(row.unique_bytes)],
      [right('Saved by sharing'), (row) => size(row.shared_bytes)],
      [right('By the engines'), (row) => size(row.engine_bytes)],
      ...(rows.some(({ tokenizer_bytes }) => tokenizer_bytes !== null) ? [tokenizers] : []),
    ]),
    note(
      'Resident counts a shared page for each process; PSS (proportional set size) divides it by its users, so a mapped model file counts once; USS is what a process has alone. Pages may be shared with processes that are not engines, such as the program that measures.',
    ),
  ];
}

function recovery(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  const lost = rows.filter((row) => (row.lost ?? 0) > 0);
  return [
    ...lost.map((row) => warning(`${row.lost} requests were lost without an error: ${row.note}.`)),
    ...table('Recovery from faults', rows, [
      ...placeFields,
      [left('Fault'), (row) => (row.kind ?? '').replaceAll('_', ' ')],
      [right('Whole after'), (row) => shown(row.ready_ms, milliseconds)],
      [right('Answers after'), (row) => shown(row.answered_ms, milliseconds)],
      [right('Sent'), (row) => count(row.requests ?? 0)],
      [right('Repeated'), (row) => count(row.repeated ?? 0)],
      [right('Failed'), (row) => count(row.failed ?? 0)],
      [right('Lost'), (row) => count(row.lost ?? 0)],
      [left('What happened'), (row) => row.note],
    ]),
    note(
      'Times count from the end of the engine, or from the moment the model file was whole again. A failed request received an error.',
    ),
  ];
}

function levelName({ kind, engines, sequences, models }: PoolRow): string {
  if (kind === 'models') return models ?? '';
  if (kind === 'sequences') return sequences === 1 ? '1 sequence' : `${sequences} sequences`;
  return engines === 1 ? '1 engine' : `${engines} engines`;
}

function size(value: number | null): Cell {
  return shown(value, (given) => `${given < 0 ? '−' : ''}${bytes(Math.abs(given))}`);
}
