/** How far apart does this machine put things that are the same? No smaller difference is called one. */
import { logRatio, type Sample } from './log-ratio.ts';
import { mean } from './statistics.ts';

export interface NoiseFloor {
  /** Relative difference of two things that are the same. */
  share: number;
  /** `identical cells`: one cell measured as two; `runs within cells`: what their deviation makes two identical ones differ by. */
  from: 'identical cells' | 'runs within cells';
  /** Runs that it was found from. */
  runs: number;
}

/** Runs of two cells that are the same. */
export interface IdenticalCells {
  a: readonly Sample[];
  b: readonly Sample[];
}

const fewestIdentical = 2;
const fewestDegrees = 3;
const mostSweeps = 50;

/**
 * A/A noise, as a relative difference: the larger of two estimates. What identical cells differed by, the root mean square where
 * there are several. And what two identical ones of so many runs are expected to differ by, from the deviation of runs within
 * their cell and round. Neither grows with the number of contenders.
 * @returns null where there are too few runs for either
 */
export function noiseFloorOf(
  cells: ReadonlyArray<readonly Sample[]>,
  identical: readonly IdenticalCells[] = [],
): NoiseFloor | null {
  const estimates = [fromIdentical(identical), fromRuns(cells)].filter((estimate) => estimate !== null);
  return estimates.sort((a, b) => b.share - a.share)[0] ?? null;
}

function fromIdentical(identical: readonly IdenticalCells[]): NoiseFloor | null {
  const known = identical.filter(({ a, b }) => Math.min(a.length, b.length) >= fewestIdentical);
  if (known.length === 0) return null;
  const squares = known.map(({ a, b }) => logRatio(a, b).center ** 2);
  const runs = known.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
  return { share: Math.expm1(Math.sqrt(mean(squares))), from: 'identical cells', runs };
}

/** E|a - b| of two means is the root of 2 / pi times their standard deviation, for normal ones. */
function fromRuns(cells: ReadonlyArray<readonly Sample[]>): NoiseFloor | null {
  const residuals = residualsOf(cells);
  if (residuals === null) return null;
  const { deviation, runs, cells: measured } = residuals;
  const share = Math.expm1(Math.sqrt(2 / Math.PI) * deviation * Math.sqrt(2 / (runs / measured)));
  return { share, from: 'runs within cells', runs };
}

/** What remains of the logarithms when the mean of each cell and of each round is taken away: pooled over all cells. */
function residualsOf(
  cells: ReadonlyArray<readonly Sample[]>,
): { deviation: number; runs: number; cells: number } | null {
  const measured = cells.filter((samples) => samples.length > 1);
  const places = measured.map((samples, cell) =>
    samples.map(({ value, session, round }, i) => ({
      log: Math.log(value),
      round: session === null || round === null ? `alone ${cell} ${i}` : `${session} ${round}`,
    })),
  );
  const all = places.flatMap((samples, cell) => samples.map((sample) => ({ ...sample, cell })));
  const shared = sharedRounds(all);
  const inRounds = all.filter(({ round }) => shared.has(round));
  // Without rounds in common there is nothing to take away but the mean of each cell.
  const paired = inRounds.length > 0;
  const kept = paired ? inRounds : all;
  const groups = new Set(kept.map(({ cell }) => cell)).size;
  const degrees = paired ? kept.length - groups - shared.size + 1 : kept.length - groups;
  if (degrees < fewestDegrees) return null;
  const squares = remainders(kept, paired).reduce((sum, rest) => sum + rest ** 2, 0);
  return { deviation: Math.sqrt(squares / degrees), runs: kept.length, cells: groups };
}

interface Place {
  log: number;
  round: string;
  cell: number;
}

/** Rounds in which more than one cell was measured. */
function sharedRounds(all: readonly Place[]): Set<string> {
  const cellsOf = new Map<string, Set<number>>();
  for (const { round, cell } of all) cellsOf.set(round, (cellsOf.get(round) ?? new Set()).add(cell));
  return new Set([...cellsOf].filter(([, cells]) => cells.size > 1).map(([round]) => round));
}

/** By sweeping out means in turn until nothing moves, which for complete rounds is after the first time. */
function remainders(all: readonly Place[], paired: boolean): number[] {
  const cells = all.map(({ cell }) => String(cell));
  const rounds = all.map(({ round }) => round);
  let rest = withoutMeans(
    all.map(({ log }) => log),
    cells,
  );
  for (let sweep = 0; paired && sweep < mostSweeps; sweep++) {
    const swept = withoutMeans(withoutMeans(rest, rounds), cells);
    const moved = Math.max(...swept.map((value, i) => Math.abs(value - (rest[i] ?? 0))));
    rest = swept;
    if (moved < 1e-12) break;
  }
  return rest;
}

function withoutMeans(values: readonly number[], keys: readonly string[]): number[] {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [i, value] of values.entries()) {
    const { sum, count } = sums.get(keys[i] ?? '') ?? { sum: 0, count: 0 };
    sums.set(keys[i] ?? '', { sum: sum + value, count: count + 1 });
  }
  return values.map((value, i) => {
    const { sum, count } = sums.get(keys[i] ?? '') ?? { sum: 0, count: 1 };
    return value - sum / count;
  });
}
