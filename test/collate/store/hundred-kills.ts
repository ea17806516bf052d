/**
 * What is left of a store that is killed while it is filled? A fill of a half-full store, a first fill and a rebuild are killed in turns,
 * each at a random moment; the next fill has to put everything right. Run by hand:
 *
 *     npx tsx test/collate/store/hundred-kills.ts [kills] [logs]
 *
 * Writes into a new folder below the system's temporary one and removes it.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillStore } from '../../../collate/store/fill.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { linesOf, logRecords } from '../log-factory.ts';
import { uuidOf } from '../run-records.ts';
import { fillAndKill } from './killed-fill.ts';
import { hashOf, rowsOf } from './store-rows.ts';

const kills = Number(process.argv[2] ?? 100);
const logs = Number(process.argv[3] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'tokenlap-kills-'));
const random = seededRandom(16);
const kinds = ['half full', 'first fill', 'rebuild'] as const;

try {
  const half = join(folder, 'half');
  writeLogs(half, 0, logs / 2);
  await fillStore({ output: half });
  const whole = join(folder, 'whole');
  writeLogs(whole, 0, logs);
  await fillStore({ output: whole });
  const reference = await hashOf(whole);
  const usualMs = new Map<string, number>();
  for (const kind of kinds) usualMs.set(kind, await durationOf(prepared(kind), kind));
  let fills = 0;
  let remade = 0;
  let longestMs = 0;
  let wrong = 0;
  for (let killed = 0; killed < kills; fills++) {
    const kind = kinds[fills % kinds.length] ?? 'half full';
    const output = prepared(kind);
    const end = await fillAndKill(output, kind === 'rebuild', random() * (usualMs.get(kind) ?? 0));
    // It was faster than usual.
    if (end.kind === 'killed') killed++;
    const begun = performance.now();
    const { remarks } = await fillStore({ output });
    longestMs = Math.max(longestMs, performance.now() - begun);
    if (remarks.length > 0) remade++;
    for (const remark of remarks) process.stdout.write(`  ${kind}: ${remark}\n`);
    const [counts] = await rowsOf(output, 'SELECT count(*) AS runs, count(DISTINCT uuid) AS uuids FROM runs');
    const isRight = (await hashOf(output)) === reference && counts?.runs === logs && counts.uuids === logs;
    if (!isRight) {
      wrong++;
      process.stdout.write(`  ${kind}: WRONG ${JSON.stringify(counts)}\n`);
    }
  }
  process.stdout.write(
    `${fills} fills of ${logs} logs, ${kills} of them killed at work: ${fills - wrong} right afterwards, ${wrong} wrong, ${remade} made again; longest fill afterwards ${(longestMs / 1000).toFixed(1)} s\n`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A folder in which such a fill has everything to do. */
function prepared(kind: (typeof kinds)[number]): string {
  const output = join(folder, 'killed');
  rmSync(output, { recursive: true, force: true });
  cpSync(join(folder, kind === 'half full' ? 'half' : 'whole'), output, { recursive: true });
  if (kind === 'half full') writeLogs(output, logs / 2, logs);
  if (kind === 'first fill') rmSync(join(output, 'tokenlap.duckdb'));
  return output;
}

/** Of a fill that is not killed, in a process of its own. */
async function durationOf(output: string, kind: (typeof kinds)[number]): Promise<number> {
  const end = await fillAndKill(output, kind === 'rebuild', 600_000);
  if (end.kind === 'killed') throw new Error('a fill of so few logs took ten minutes');
  return end.ms;
}

function writeLogs(output: string, from: number, to: number): void {
  const raw = join(output, 'raw', 'llamacpp');
  mkdirSync(raw, { recursive: true });
  for (let number = from; number < to; number++) {
    const noise = seededRandom(number);
    const gapsMs = Array.from({ length: 200 }, () => Math.round(1e7 * (1 + noise() / 10)) / 1e6);
    const text = linesOf(logRecords({ number, answers: [{ gapsMs }, { gapsMs }] }));
    writeFileSync(join(raw, `host_tiny_f16_seed42_uuid${uuidOf(number)}.txt`), text);
  }
}
