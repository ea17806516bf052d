/** Several answers and models at once: throughput and latency, memory that is shared, what loads leave behind, recovery. */

import { bytes, milliseconds } from '../../../scripts/command-line/format.ts';
import type { PoolRow } from '../../../scripts/workloads/pool/tables.ts';
import { type Block, type Cell, note, type Section, warning } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';
import { count, figure, left, right, withoutConstants, words } from '../table.ts';

const levelKinds = ['engines', 'sequences', 'models'];
const placeColumns = [left('Host'), left('Model'), left('Framework')];
const placeCells = ({ hostname, model, quantize, framework }: PoolRow): Cell[] => [
  words(hostname),
  words(`${model} ${quantize}`),
  words(framework),
];

export function resourcePool(input: ReportInput): Section | null {
  const { pool } = input.data;
  if (pool.length === 0) return null;
  const levels = pool.filter(({ kind }) => levelKinds.includes(kind ?? ''));
  const cycles = pool.filter(({ kind }) => kind === 'cycles');
  const recoveries = pool.filter(({ kind }) => kind !== 'cycles' && !levelKinds.includes(kind ?? ''));
  return {
    id: 'resource-pool',
    title: 'Several answers and models at once',
    blocks: [
      ...chartBlocks(input, 'concurrency_throughput'),
      ...chartBlocks(input, 'concurrency_latency'),
      ...sideBySide(levels.filter(({ kind }) => kind === 'models')),
      ...memory(levels),
      ...fragmentation(cycles),
      ...recovery(recoveries),
    ],
  };
}

function sideBySide(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  return [
    withoutConstants({
      kind: 'table',
      caption: 'Models alone and side by side, an engine each',
      columns: [
        left('Host'),
        left('Models'),
        left('Framework'),
        right('All together', 'tokens/s'),
        right('Slowest client', 'tokens/s'),
        right('TPOT, median', 'ms'),
      ],
      rows: rows.map((row) => [
        words(row.hostname),
        words(row.models),
        words(row.framework),
        ...[row.tokens_per_s, row.worker_tokens_per_s_min, row.tpot_p50_ms].map(figure),
      ]),
    }),
  ];
}

function memory(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  const lent = rows.some(({ tokenizer_bytes }) => tokenizer_bytes !== null);
  return [
    withoutConstants({
      kind: 'table',
      caption: 'Memory of all engines together',
      columns: [
        ...placeColumns,
        left('Level'),
        right('Resident'),
        right('PSS'),
        right('USS'),
        right('Saved by sharing'),
        right('By the engines'),
        ...(lent ? [right('Lent tokenizers')] : []),
      ],
      rows: rows.map((row) => [
        ...placeCells(row),
        words(levelName(row)),
        ...[row.resident_bytes, row.proportional_bytes, row.unique_bytes, row.shared_bytes, row.engine_bytes].map(size),
        ...(lent ? [size(row.tokenizer_bytes)] : []),
      ]),
    }),
    note(
      'Resident counts a shared page for each process; PSS (proportional set size) divides it by its users, so a mapped model file counts once; USS is what a process has alone. Pages may be shared with processes that are not engines, such as the program that measures.',
    ),
  ];
}

function fragmentation(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  return [
    withoutConstants({
      kind: 'table',
      caption: 'One engine that loads, answers and unloads again and again',
      columns: [
        ...placeColumns,
        right('Cycles'),
        right('Resident'),
        right('By the engine'),
        right('Overhead'),
        right('Growth per cycle'),
      ],
      rows: rows.map((row) => [
        ...placeCells(row),
        count(row.cycles ?? 0),
        ...[row.resident_bytes, row.engine_bytes, row.overhead_bytes, row.growth_per_cycle_bytes].map(size),
      ]),
    }),
  ];
}

function recovery(rows: readonly PoolRow[]): Block[] {
  if (rows.length === 0) return [];
  const lost = rows.filter((row) => (row.lost ?? 0) > 0);
  return [
    ...lost.map((row) => warning(`${row.lost} requests were lost without a word: ${row.note}.`)),
    withoutConstants({
      kind: 'table',
      caption: 'Recovery from faults',
      columns: [
        ...placeColumns,
        left('Fault'),
        right('Whole after'),
        right('Answers after'),
        right('Sent'),
        right('Repeated'),
        right('Failed'),
        right('Lost'),
        left('What happened'),
      ],
      rows: rows.map((row) => [
        ...placeCells(row),
        words((row.kind ?? '').replaceAll('_', ' ')),
        time(row.ready_ms),
        time(row.answered_ms),
        ...[row.requests, row.repeated, row.failed, row.lost].map((value) => count(value ?? 0)),
        words(row.note),
      ]),
    }),
    note(
      'Times count from the end of the engine, or from the moment the model file was whole again. A failed request was told so.',
    ),
  ];
}

function levelName({ kind, engines, sequences, models }: PoolRow): string {
  if (kind === 'models') return models ?? '';
  if (kind === 'sequences') return sequences === 1 ? '1 sequence' : `${sequences} sequences`;
  return engines === 1 ? '1 engine' : `${engines} engines`;
}

function size(value: number | null): Cell {
  if (value === null) return { text: '–', value };
  return { text: `${value < 0 ? '−' : ''}${bytes(Math.abs(value))}`, value };
}

function time(value: number | null): Cell {
  return value === null ? { text: '–', value } : { text: milliseconds(value), value };
}
