/** Runs from their logs into the store, batch by batch. */
import { setImmediate } from 'node:timers/promises';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import type { LedgerEntry } from '../incremental/ledger.ts';
import type { LogFile } from '../logs/find.ts';
import { capped } from '../logs/problem.ts';
import { readRun } from '../logs/read-run.ts';
import { headerChecksum } from '../logs/twins.ts';
import { wholeRun } from '../logs/whole-run.ts';
import { Batch, rowsOfRun } from './batch.ts';
import type { Database } from './database.ts';
import { DimensionRows } from './dimension-rows.ts';
import { type FillPlan, isRememberable, rememberLogs } from './known-logs.ts';
import { type RunNumbers, removeRuns } from './run-numbers.ts';

/** So many tokens or runs make a transaction: a fill that is killed loses the reading of no more. */
const batchTokens = 500_000;
const batchRuns = 4096;

/** @returns what is known of each log now, and how many values of a column did not fit it */
export async function readInBatches(
  database: Database,
  { read }: FillPlan,
  numbers: RunNumbers,
  hardware: readonly FoundHardwareLog[],
  onProgress: ((done: number, total: number) => void) | undefined,
): Promise<{ entries: LedgerEntry[]; misfits: Map<string, number> }> {
  const misfits = new Map<string, number>();
  const onMisfit = (column: string, what: string) => {
    const key = `${column} are no whole numbers and were ${what}`;
    misfits.set(key, (misfits.get(key) ?? 0) + 1);
  };
  const entries: LedgerEntry[] = [];
  if (read.length === 0) return { entries, misfits };
  const dimensions = await DimensionRows.load(database, onMisfit);
  for (let done = 0; done < read.length; ) {
    const batch = await Batch.begin(database, dimensions, onMisfit);
    const first = done;
    const outdated: number[] = [];
    const inBatch: LedgerEntry[] = [];
    const added: Array<[uuid: string, runId: number]> = [];
    for (; done < read.length && done - first < batchRuns && batch.tokenCount < batchTokens; done++) {
      if (done % 64 === 0) {
        onProgress?.(done, read.length);
        await setImmediate();
      }
      const next = read[done];
      if (next === undefined) break;
      const runId = numbers.next();
      const entry = readInto(batch, runId, next.file, hardware);
      // It stopped being a run log since it was found: the next fill will see it anew.
      if (entry === null) continue;
      outdated.push(...numbers.take([next.uuid]));
      added.push([next.uuid, runId]);
      inBatch.push(entry);
    }
    await batch.commit(async () => {
      await removeRuns(database, outdated);
      await rememberLogs(database, inBatch.filter(isRememberable));
      await numbers.save(database, added, batch.touched);
    });
    entries.push(...inBatch);
  }
  onProgress?.(read.length, read.length);
  return { entries, misfits };
}

function readInto(
  batch: Batch,
  runId: number,
  file: LogFile,
  hardware: readonly FoundHardwareLog[],
): LedgerEntry | null {
  const result = readRun(file.path, batch.next(runId), file.log);
  if (result === null) return null;
  const run = wholeRun(result.run, hardware);
  batch.add(rowsOfRun(run));
  const { header, outcome } = run;
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    crc: result.crc,
    uuid: header.uuid,
    header: headerChecksum(header),
    framework: header.framework.name,
    status: outcome.status,
    hardware: run.hardware?.header.uuid ?? null,
    rows: {},
    problems: capped(result.problems),
  };
}
