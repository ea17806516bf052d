import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { modelFolder } from '../model-folder.ts';

const reader = fileURLToPath(new URL('./reading-mutants.ts', import.meta.url));
const tiny = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');

/** TOKENLAP_MUTANTS=20000 for a long search, TOKENLAP_MUTANTS_SEED for others. */
const mutants = Number(process.env.TOKENLAP_MUTANTS ?? 300);
const firstSeed = Number(process.env.TOKENLAP_MUTANTS_SEED ?? 1);

const heapMebibytes = 384;
/** Heap, code, and what the system counts to a process of Node that does nothing: twice the heap is far below what a bomb takes. */
const mostResidentBytes = 2 * heapMebibytes * 2 ** 20;
const longestMs = 20_000;

it('mutants of a GGUF file are read or end in a line, in bounded time and memory', async () => {
  const child = spawn(
    process.execPath,
    [
      ...[`--max-old-space-size=${heapMebibytes}`, '--import', 'tsx', reader],
      ...[modelFolder(), tiny, String(firstSeed), String(mutants)],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const told = stdout
    .trim()
    .split('\n')
    .map((line): { seed: number; what: string; said?: string | null; ms?: number; residentBytes?: number } =>
      JSON.parse(line),
    );
  const results = told.filter(({ said }) => said !== undefined);
  // The last one told of is the one that ended it.
  const complaints = stderr.replaceAll(/^hashing .*\n/gm, '');
  expect(complaints, `ended by seed ${told.at(-1)?.seed}: ${told.at(-1)?.what}`).toBe('');
  expect(results).toHaveLength(mutants);
  const refused = results.filter(({ said }) => said !== null);
  expect(refused.length).toBeGreaterThan(mutants / 4);
  expect(refused.length).toBeLessThan(mutants);
  for (const { said, ms = 0, residentBytes = 0, ...which } of results) {
    expect(ms, JSON.stringify(which)).toBeLessThan(longestMs);
    expect(residentBytes, JSON.stringify(which)).toBeLessThan(mostResidentBytes);
    expect((said ?? '').length, JSON.stringify(which)).toBeLessThan(1010);
  }
}, 600_000);
