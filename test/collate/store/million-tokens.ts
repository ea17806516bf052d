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
import { findLogs, type LogFile } from '../../../collate/logs/find.ts';
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
const timesAView = 40;
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

/** Filling alone: some runs are read, and only their way into the store is timed. */
async function rowsThatAreReady(): Promise<void> {
  const other = join(folder, 'ready');
  mkdirSync(other);
  const files = findLogs(output);
  const database = await openStore(other, false, []);
  const numbers = await RunNumbers.load(database);
  const dimensions = await DimensionRows.load(database, () => {});
  const filling = stopwatch();
  let total = 0;
  const fill = async (runs: ReadonlyArray<{ rows: RunRows; tokens: OfToken[] }>) => {
    const batch = await Batch.begin(database, dimensions, () => {});
    const added: Array<[string, number]> = [];
    for (const { rows, tokens } of runs) {
      const runId = numbers.next();
      batch.next(runId);
      batch.addTokens(tokens);
      batch.add(rows);
      added.push([rows.run.uuid ?? '', runId]);
      total += tokens.length;
    }
    await batch.commit(() => numbers.save(database, added, batch.touched));
  };
  for (let start = 0; start < files.length; start += 2048) {
    const runs = files.slice(start, start + 2048).map(parsed);
    filling.start();
    await fill(runs);
    filling.stop();
  }
  filling.start();
  await database.connection.run('CHECKPOINT');
  filling.stop();
  tell(
    'rows that are ready',
    `${total} tokens, ${files.length} runs in ${filling.text()}, ${Math.round(total / filling.seconds())} tokens/s; file ${bytes(statSync(storePath(other)).size)}`,
  );
  const writing = stopwatch();
  writing.start();
  const written = await writeParquet(database, other, await readFacts(database));
  writing.stop();
  tell('Parquet of it', `${bytes(written.bytes)} in ${writing.text()}, ${written.written} files`);
  const [one] = files.slice(0, 1).map(parsed);
  if (one === undefined) throw new Error('there is no log');
  const facts = await readFacts(database);
  const adding = stopwatch();
  adding.start();
  await fill([one]);
  await database.connection.run('CHECKPOINT');
  adding.stop();
  const renewing = stopwatch();
  renewing.start();
  await writeParquet(database, other, facts);
  renewing.stop();
  tell('one run more, ready', `${adding.text()}, and its Parquet files ${renewing.text()}`);
  database.close();
}

function parsed({ path, log }: LogFile): { rows: RunRows; tokens: OfToken[] } {
  const tokens: OfToken[] = [];
  const read = readRun(path, (...args) => tokens.push(...tokensOf(...args)), log);
  if (read === null) throw new Error(`${log} is no log`);
  return { rows: rowsOfRun(wholeRun(read.run, [])), tokens };
}

/** Time on the clock, and of the processors, which other programs do not lengthen as much. */
function stopwatch() {
  let [wallMs, cpuUs] = [0, 0];
  let [wallFrom, cpuFrom] = [0, process.cpuUsage()];
  return {
    start: () => {
      wallFrom = performance.now();
      cpuFrom = process.cpuUsage();
    },
    stop: () => {
      const { user, system } = process.cpuUsage(cpuFrom);
      wallMs += performance.now() - wallFrom;
      cpuUs += user + system;
    },
    seconds: () => wallMs / 1000,
    text: () => `${(wallMs / 1000).toFixed(2)} s (processor ${(cpuUs / 1e6).toFixed(2)} s)`,
  };
}

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
