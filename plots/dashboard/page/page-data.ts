/** The payload as the views use it: rows again, tokens that are looked up, and the runs by uuid. */
import { type MemoryRow, memoryTable } from '../../../scripts/results/memory-table.ts';
import { type RunRow, runsTable } from '../../../scripts/results/runs/runs.ts';
import { type HardwareRow, hardwareTable } from '../../../scripts/results/tables-made-anew.ts';
import { type LoadRow, loadTable } from '../../../scripts/workloads/load/tables.ts';
import { type PoolRow, poolTable } from '../../../scripts/workloads/pool/tables.ts';
import { addToSketch, emptySketch, type LatencySketch } from '../../data/latency.ts';
import { parted } from '../packing/bytes.ts';
import { unpackRows } from '../packing/rows.ts';
import { type AnswerTokens, type TokenReader, tokenReader } from '../packing/tokens.ts';
import { isPayload, type Payload, payloadElement } from '../payload.ts';

export interface PageData {
  readonly payload: Payload;
  readonly runs: readonly RunRow[];
  readonly load: readonly LoadRow[];
  readonly pool: readonly PoolRow[];
  readonly hardware: readonly HardwareRow[];
  /** Readings over the time of one run of each contender, by uuid. */
  readonly memory: ReadonlyMap<string, readonly MemoryRow[]>;
  readonly tokensOf: (run: number) => AnswerTokens[];
  /** Gaps between the tokens of measured answers; made when they are first asked for. */
  readonly gapsOf: (run: number) => LatencySketch;
  readonly placeOf: (uuid: string | null) => number | undefined;
}

/** @throws Error where the browser cannot unpack, or another version packed */
export async function readPayload(): Promise<PageData> {
  const holder = document.getElementById(payloadElement);
  const text = holder?.textContent ?? '';
  holder?.remove();
  const all = await unzipped(text);
  const { document: payload, bytes } = parted(all);
  if (!isPayload(payload)) throw new Error('the data in this file are of another version of Tokenlap');
  return pageData(payload, bytes);
}

async function unzipped(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const zipped = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) zipped[i] = text.charCodeAt(i);
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function pageData(payload: Payload, bytes: Uint8Array): PageData {
  const runs = unpackRows(runsTable.columns, payload.runs, bytes);
  const places = new Map(runs.map(({ uuid }, place) => [uuid, place]));
  const tokens = tokenReader(payload.tokens, bytes);
  const sketches = new Map<number, LatencySketch>();
  return {
    payload,
    runs,
    load: unpackRows(loadTable.columns, payload.load, bytes),
    pool: unpackRows(poolTable.columns, payload.pool, bytes),
    hardware: unpackRows(hardwareTable.columns, payload.hardware, bytes),
    memory: byUuid(unpackRows(memoryTable.columns, payload.memory, bytes)),
    tokensOf: tokens.answersOf,
    gapsOf: (run) => {
      const known = sketches.get(run);
      if (known !== undefined) return known;
      const sketch = sketchOf(tokens, run, runs[run]?.device === 'server');
      sketches.set(run, sketch);
      return sketch;
    },
    placeOf: (uuid) => places.get(uuid),
  };
}

/** Below it tokens came in one piece. */
const togetherMs = 1.5e-6;

/** Of the gaps that a statistic may count. */
function sketchOf({ eachGap }: TokenReader, run: number, isServed: boolean): LatencySketch {
  const sketch = emptySketch();
  eachGap(run, (durationMs) => {
    if (!(isServed && durationMs < togetherMs)) addToSketch(sketch, durationMs);
  });
  return sketch;
}

function byUuid(rows: readonly MemoryRow[]): Map<string, MemoryRow[]> {
  const found = new Map<string, MemoryRow[]>();
  for (const row of rows) {
    const known = found.get(row.uuid ?? '') ?? [];
    known.push(row);
    found.set(row.uuid ?? '', known);
  }
  return found;
}
