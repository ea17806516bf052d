/** Our bandwidth against a C STREAM on this machine, pass by pass in turns, so that what else runs hits both alike. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { max, median } from 'd3-array';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { type LoopPool, startLoopPool } from '../machine/ceilings/loop-pool.ts';
import { arrayGapBytes, type MemoryLoop, memoryBytesFor, memoryLoops } from '../machine/ceilings/processor-ceilings.ts';

const source = fileURLToPath(new URL('./stream.c', import.meta.url));

/** What STREAM is told for each kind, and which of our loops does the same; of several the better one. */
const kinds = [
  { kind: 'read', letter: 'r', loops: ['read'] },
  { kind: 'copy', letter: 'c', loops: ['copy', 'bulk_copy'] },
  { kind: 'triad', letter: 't', loops: ['triad'] },
] as const;

export interface StreamComparison {
  kind: (typeof kinds)[number]['kind'];
  threads: number;
  /** Best of all passes, bytes per second. */
  ours: number;
  theirs: number;
  /** Of the bests. */
  ratio: number;
  /** Ours / theirs of the medians. */
  medianRatio: number;
}

export interface StreamCheck {
  compiler: string;
  arrayBytes: number;
  threads: readonly number[];
  /** Of each kind. */
  passes: number;
  onKind: (kind: string, threads: number) => void;
}

/** @throws UserError when there is no C compiler */
export async function checkAgainstStream({ compiler, arrayBytes, threads, passes, onKind }: StreamCheck) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-stream-'));
  try {
    const program = await compile(compiler, folder);
    await using pool = await startLoopPool(Math.max(...threads), memoryBytesFor(arrayBytes));
    const comparisons: StreamComparison[] = [];
    for (const count of threads) {
      using stream = startStream(program, arrayBytes, count);
      const loops = memoryLoops(arrayBytes, count);
      for (const { kind, letter, loops: names } of kinds) {
        onKind(kind, count);
        const theirs: number[] = [];
        const ours = new Map<MemoryLoop['loop'], number[]>(names.map((name) => [name, []]));
        for (let pass = 0; pass < passes; pass++) {
          for (const name of names) {
            theirs.push(await stream.pass(letter));
            ours.get(name)?.push(await onePass(pool, loops[name], count));
          }
        }
        comparisons.push(compared(kind, count, [...ours.values()], theirs));
      }
    }
    return comparisons;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onePass(pool: LoopPool, { loop, argumentsOf, bytes }: MemoryLoop, threads: number): Promise<number> {
  const [durationNs = Number.NaN] = await pool.run({ loop, threads, argumentsOf, repeats: 1, passes: 1 });
  return (bytes / durationNs) * 1e9;
}

async function compile(compiler: string, folder: string): Promise<string> {
  const program = join(folder, 'stream');
  try {
    await promisify(execFile)(compiler, ['-O3', '-march=native', '-fopenmp', source, '-o', program]);
    return program;
  } catch (cause) {
    throw new UserError(`${compiler} does not compile ${source} with OpenMP`, {
      cause,
      exitCode: exitCodes.missing,
      remedy: 'Install gcc, or name another compiler with --compiler.',
    });
  }
}

function startStream(program: string, arrayBytes: number, threads: number) {
  const child: ChildProcess = spawn(
    program,
    [String(arrayBytes / Float64Array.BYTES_PER_ELEMENT), String(arrayGapBytes)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Its threads must not spin while ours are at work.
      env: { ...process.env, OMP_NUM_THREADS: String(threads), OMP_WAIT_POLICY: 'passive' },
    },
  );
  if (child.stdin === null || child.stdout === null) throw new Error('STREAM was started without pipes');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout });
  return {
    async pass(letter: string): Promise<number> {
      const answer = once(lines, 'line');
      stdin.write(`${letter}\n`);
      return Number((await answer)[0]);
    },
    [Symbol.dispose]: () => {
      lines.close();
      child.kill('SIGKILL');
    },
  };
}

function compared(
  kind: StreamComparison['kind'],
  threads: number,
  ours: number[][],
  theirs: number[],
): StreamComparison {
  const best = Math.max(...ours.map((rates) => max(rates) ?? 0));
  const middle = Math.max(...ours.map((rates) => median(rates) ?? 0));
  const reference = max(theirs) ?? Number.NaN;
  return {
    kind,
    threads,
    ours: best,
    theirs: reference,
    ratio: best / reference,
    medianRatio: middle / (median(theirs) ?? Number.NaN),
  };
}
