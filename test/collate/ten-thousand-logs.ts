/**
 * How long does collating 10,000 logs take, how much memory, and how long do ten more? Run by hand:
 *
 *     npx tsx test/collate/ten-thousand-logs.ts [logs] [tokens per log]
 *
 * Writes into a new folder below the system's temporary one and removes it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytes } from '../../scripts/command-line/format.ts';
import { linesOf, logRecords } from './log-factory.ts';
import { uuidOf } from './run-records.ts';

const logs = Number(process.argv[2] ?? 10_000);
const tokens = Number(process.argv[3] ?? 128);
const frameworks = ['llamacpp', 'pytorch', 'onnx'];
const repository = fileURLToPath(new URL('../..', import.meta.url));
const output = mkdtempSync(join(tmpdir(), 'tokenlap-ten-thousand-'));

try {
  const written = writeLogs(0, logs);
  process.stdout.write(`${logs} logs of ${tokens} tokens, ${bytes(written)}\n`);
  collate('first collation');
  collate('nothing new');
  writeLogs(logs, logs + 10);
  collate('ten more logs');
  collate('rebuild', '--rebuild');
  process.stdout.write(
    `tables: ${frameworks.map((name) => bytes(statSync(join(output, `${name}.csv`)).size)).join(', ')}\n`,
  );
} finally {
  rmSync(output, { recursive: true, force: true });
}

/** Four answers a log, as a run of a few questions has them. */
function writeLogs(from: number, to: number): number {
  const gapsMs = Array.from({ length: tokens / 4 - 1 }, (_, i) => 10 + Math.sin(i) / 7);
  let total = 0;
  for (let number = from; number < to; number++) {
    const framework = frameworks[number % frameworks.length] ?? 'llamacpp';
    const folder = join(output, 'raw', framework);
    mkdirSync(folder, { recursive: true });
    const records = logRecords({
      number,
      framework,
      answers: [0, 1, 2, 3].map((index) => ({ phase: index === 0 ? 'cold' : 'measured', gapsMs })),
    });
    const text = linesOf(records);
    total += text.length;
    writeFileSync(join(folder, `host_tiny_f16_seed42_uuid${uuidOf(number)}.txt`), text);
  }
  return total;
}

/** In a process of its own, so that its peak memory is its own; seconds include the start of Node and tsx. */
function collate(what: string, ...options: string[]): void {
  const script = `
    const { collateAll } = await import(${JSON.stringify(join(repository, 'collate/incremental/collate-all.ts'))});
    const started = performance.now();
    const summary = await collateAll({ output: ${JSON.stringify(output)}, rebuild: ${options.includes('--rebuild')} });
    const seconds = (performance.now() - started) / 1000;
    console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS * 1024, added: summary.logs.added, refused: summary.problems.length, problem: summary.problems[0]?.reason }));
  `;
  const started = performance.now();
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: repository,
    encoding: 'utf8',
  });
  const wallSeconds = (performance.now() - started) / 1000;
  if (child.status !== 0) throw new Error(child.stderr);
  const result: { refused: number; problem?: string } = JSON.parse(child.stdout);
  if (result.refused > 0) throw new Error(`${result.refused} problems in logs that have none: ${result.problem}`);
  process.stdout.write(`${what}: ${wallSeconds.toFixed(2)} s with start-up; ${JSON.stringify(result)}\n`);
}
