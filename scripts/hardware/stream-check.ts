/** Our bandwidth against a C STREAM on this machine, alternating, so that what else runs hits both. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { max, median } from 'd3-array';
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { Measured } from './hardware-log-format.ts';
import { startKernelPool } from './kernel-pool.ts';
import { arrayGapBytes, memoryBandwidth, memoryBytesFor } from './memory-bandwidth.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('./stream.c', import.meta.url));
const passes = 20;
const kinds = ['read', 'copy', 'triad'] as const;

export interface StreamComparison {
  kind: (typeof kinds)[number];
  threads: number;
  /** Best of all rounds, bytes per second. */
  ours: number;
  theirs: number;
  ratio: number;
  /** Median over the rounds of ours / theirs within a round. */
  medianRatio: number;
}

export interface StreamCheck {
  compiler: string;
  arrayBytes: number;
  threads: readonly number[];
  rounds: number;
  onRound: (round: number, threads: number) => void;
}

/** @throws UserError when there is no C compiler */
export async function checkAgainstStream({ compiler, arrayBytes, threads, rounds, onRound }: StreamCheck) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-stream-'));
  try {
    const program = await compile(compiler, folder);
    await using pool = await startKernelPool(Math.max(...threads), memoryBytesFor(arrayBytes));
    const comparisons: StreamComparison[] = [];
    for (const count of threads) {
      const theirs: number[][] = [];
      const ours: number[][] = [];
      for (let round = 0; round < rounds; round++) {
        onRound(round, count);
        if (round % 2 === 0) theirs.push(await stream(program, arrayBytes, count));
        ours.push(inOrder(await memoryBandwidth(pool, arrayBytes, count)));
        if (round % 2 === 1) theirs.push(await stream(program, arrayBytes, count));
      }
      comparisons.push(
        ...kinds.map((kind, index) => compared(kind, count, column(ours, index), column(theirs, index))),
      );
    }
    return comparisons;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compile(compiler: string, folder: string): Promise<string> {
  const program = join(folder, 'stream');
  try {
    await run(compiler, ['-O3', '-march=native', '-fopenmp', source, '-o', program]);
    return program;
  } catch (cause) {
    throw new UserError(`${compiler} does not compile ${source} with OpenMP`, {
      cause,
      exitCode: exitCodes.missing,
      remedy: 'Install gcc, or name another compiler with --compiler.',
    });
  }
}

async function stream(program: string, arrayBytes: number, threads: number): Promise<number[]> {
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  const values = [arrayBytes / Float64Array.BYTES_PER_ELEMENT, passes, arrayGapBytes].map(String);
  const { stdout } = await run(program, values, { env });
  return stdout.trim().split(' ').map(Number);
}

function inOrder(measured: readonly Measured[]): number[] {
  return kinds.map((kind) => measured.find(({ quantity }) => quantity === `${kind}_bandwidth`)?.value ?? Number.NaN);
}

function column(rounds: readonly number[][], index: number): number[] {
  return rounds.map((round) => round[index] ?? Number.NaN);
}

function compared(kind: StreamComparison['kind'], threads: number, ours: number[], theirs: number[]): StreamComparison {
  const [best, reference] = [max(ours) ?? Number.NaN, max(theirs) ?? Number.NaN];
  const ratios = ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN));
  return {
    kind,
    threads,
    ours: best,
    theirs: reference,
    ratio: best / reference,
    medianRatio: median(ratios) ?? Number.NaN,
  };
}
