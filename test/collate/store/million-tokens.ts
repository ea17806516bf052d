/**
 * How fast is the store? 10,000 logs of 130 tokens with noise of their own (1.3 million tokens), rows that are ready into a new store, the
 * same from the logs, one run more, the views, the Parquet files and their rows as another reader sees them. Run by hand:
 *
 *     npx tsx test/collate/store/million-tokens.ts [logs] [tokens per log]
 *
 * Writes into a new folder below the system's temporary one and removes it.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '../../../collate/logs/read-run.ts';
import { wholeRun } from '../../../collate/logs/whole-run.ts';
import { Batch, type RunRows, rowsOfRun } from '../../../collate/store/batch.ts';
import { storePath } from '../../../collate/store/database.ts';
import { DimensionRows } from '../../../collate/store/dimension-rows.ts';
import { type FillSummary, fillStore } from '../../../collate/store/fill.ts';
import { openStore } from '../../../collate/store/open-store.ts';
import { parquetFolder, writeParquet } from '../../../collate/store/parquet.ts';
import { openForQuery } from '../../../collate/store/reading.ts';
import { RunNumbers } from '../../../collate/store/run-numbers.ts';
import { requiredViews, standardViews } from '../../../collate/store/standard-views.ts';
import { readFacts } from '../../../collate/store/store-facts.ts';
import { bytes } from '../../../scripts/command-line/format.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { quantile } from '../../../scripts/statistics/statistics.ts';
import { type OfToken, tokensOf } from '../../../scripts/workloads/questions/tables.ts';
import { linesOf, logRecords } from '../log-factory.ts';
import { uuidOf } from '../run-records.ts';
import { hashOf, parquetRows, rowsOf } from './store-rows.ts';

const logs = Number(process.argv[2] ?? 10_000);
const tokensPerLog = Number(process.argv[3] ?? 130);
const answersPerLog = 4;
const frameworks = ['llamacpp', 'pytorch', 'onnx'];
const vocabulary = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'tokenlap-million-tokens-'));
const output = join(folder, 'results');

try {
  writeLogs(0, logs);
  tell(`${logs} logs of ${tokensPerLog} tokens`, `${bytes(bytesBelow(join(output, 'raw')))}`);
  await rowsThatAreReady();
  const filled = await fillStore({ output });
  tell('from the logs', secondsText(filled));
  writeLogs(logs, logs + 1);
  const more = await fillStore({ output });
  tell('one run more', secondsText(more));
  const hash = await hashOf(output);
  await fillStore({ output, rebuild: true });
  tell('made again, same logical hash', String((await hashOf(output)) === hash));
  await timeViews();
  tell('Parquet as another reader sees it', await comparedWithParquet());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tell(what: string, result: string): void {
  process.stdout.write(`${what}: ${result}\n`);
}

function secondsText({ seconds, rows, parquet }: FillSummary): string {
  const parts = Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(3)} s`);
  return `${parts.join(', ')}; ${rows.tokens} tokens, Parquet ${bytes(parquet.bytes)}, ${parquet.written} files written`;
}

/** Gaps of 10 ms with 5 % of noise, to the nanosecond; words as often as in text: the n-th in 1/n of the places. */
function writeLogs(from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const random = seededRandom(number);
    const framework = frameworks[number % frameworks.length] ?? 'llamacpp';
    const raw = join(output, 'raw', framework);
    mkdirSync(raw, { recursive: true });
    const perAnswer = Math.floor(tokensPerLog / answersPerLog);
    const answers = Array.from({ length: answersPerLog }, (_, index) => {
      const tokens = perAnswer + (index < tokensPerLog % answersPerLog ? 1 : 0);
      const gap = () =>
        Math.round(1e7 * Math.exp(0.05 * (random() + random() + random() + random() - 2) * Math.sqrt(3))) / 1e6;
      const word = () => ` word${Math.floor(vocabulary ** random())}`;
      return {
        phase: index === 0 ? ('cold' as const) : ('measured' as const),
        gapsMs: Array.from({ length: tokens - 1 }, gap),
        texts: Array.from({ length: tokens }, word),
      };
    });
    const path = join(raw, `host_tiny_f16_seed42_uuid${uuidOf(number)}.txt`);
    writeFileSync(path, linesOf(logRecords({ number, framework, answers })));
  }
}

/** Filling alone: all rows were made beforehand. */
async function rowsThatAreReady(): Promise<void> {
  const other = join(folder, 'ready');
  mkdirSync(other);
  const runs: Array<{ rows: RunRows; tokens: OfToken[] }> = [];
  for (const entry of readdirSync(join(output, 'raw'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const tokens: OfToken[] = [];
    const read = readRun(
      join(entry.parentPath, entry.name),
      (...args) => tokens.push(...tokensOf(...args)),
      entry.name,
    );
    if (read !== null) runs.push({ rows: rowsOfRun(wholeRun(read.run, [])), tokens });
  }
  const database = await openStore(other, false, []);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const numbers = await RunNumbers.load(database);
  const dimensions = await DimensionRows.load(database, () => {});
  let total = 0;
  for (let start = 0; start < runs.length; start += 2048) {
    const batch = await Batch.begin(database, dimensions, () => {});
    const added: Array<[string, number]> = [];
    for (const { rows, tokens } of runs.slice(start, start + 2048)) {
      const runId = numbers.next();
      batch.next(runId);
      batch.addTokens(tokens);
      batch.add(rows);
      added.push([rows.run.uuid ?? '', runId]);
      total += tokens.length;
    }
    await batch.commit(() => numbers.save(database, added));
  }
  await database.connection.run('CHECKPOINT');
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round(total / seconds);
  tell(
    'rows that are ready',
    `${total} tokens, ${runs.length} runs in ${seconds.toFixed(2)} s (processor ${((user + system) / 1e6).toFixed(2)} s), ${rate} tokens/s; file ${bytes(statSync(storePath(other)).size)}`,
  );
  const parquetBegun = performance.now();
  const parquetCpu = process.cpuUsage();
  const written = await writeParquet(database, other, await readFacts(database));
  const used = process.cpuUsage(parquetCpu);
  tell(
    'Parquet of it',
    `${bytes(written.bytes)} in ${((performance.now() - parquetBegun) / 1000).toFixed(2)} s (processor ${((used.user + used.system) / 1e6).toFixed(2)} s), ${written.written} files`,
  );
  database.close();
}

const timesAView = 40;

async function timeViews(): Promise<void> {
  const database = await openForQuery(output);
  try {
    for (const view of [...standardViews, ...requiredViews]) {
      const times: number[] = [];
      let rows = 0;
      const cpu = process.cpuUsage();
      for (let i = 0; i < timesAView; i++) {
        const begun = performance.now();
        const read = await database.connection.runAndReadAll(`FROM ${view}`);
        times.push(performance.now() - begun);
        rows = read.currentRowCount;
      }
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = (user + system) / 1000 / timesAView;
      times.sort((a, b) => a - b);
      tell(
        view,
        `p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms, processor ${cpuMs.toFixed(1)} ms; ${rows} rows`,
      );
    }
  } finally {
    database.close();
  }
}

/** Every value of every token. */
async function comparedWithParquet(): Promise<string> {
  const order = (rows: ReadonlyArray<Record<string, unknown>>) => rows.map((row) => JSON.stringify(row)).sort();
  const seen = order(await parquetRows(join(parquetFolder(output), 'tokens')));
  const stored = order(await rowsOf(output, 'FROM tokens'));
  return `${seen.length} rows, ${stored.filter((row, i) => row !== seen[i]).length} differ from those of the store`;
}

function bytesBelow(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
