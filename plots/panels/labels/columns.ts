/**
 * Labels of crowded points in columns beside them, in the order of the points: so the lines to them never cross, and none
 * is left out. For where single places (label-places.ts) run out. Pixels.
 */
import {
  along,
  type Box,
  boxOf,
  inside,
  lineHeight,
  obstacles,
  overlap,
  type PlacedLabel,
  type Surroundings,
  type Text,
  widthOf,
} from './places.ts';

/** Points closer than this beside each other share their columns. */
const oneCluster = 40;
const distance = 26;
/** Between a line and the first letter. */
const clear = 3;
const step = lineHeight + 1;

type Side = 'left' | 'right';

/** Times that each cluster is placed anew beside what the others have taken. */
const rounds = 3;

/** @returns a label for each point, in their order */
export function labelColumns(points: readonly Text[], size: Size, surroundings: Surroundings): PlacedLabel[] {
  const marks = obstacles(points, surroundings);
  const ways = clustersOf(points).map((cluster) => waysOf(cluster, size));
  let best: Placement = { labels: [], faults: Number.POSITIVE_INFINITY };
  // Who is placed first has the choice: from the left, and from the right, in every way that is good for it.
  for (const inTurn of [ways, ways.toReversed()]) {
    for (const start of goodWays(inTurn[0] ?? [], marks, size)) {
      if (best.faults === 0) break;
      const placement = placedInTurn(inTurn, start, { marks, size });
      if (placement.faults < best.faults) best = placement;
    }
  }
  const placed = new Map(best.labels);
  return points.flatMap((point) => placed.get(point) ?? []);
}

interface Placement {
  readonly labels: Way;
  readonly faults: number;
}

const mostStarts = 24;

function goodWays(ways: readonly Way[], marks: readonly Box[], size: Size): Way[] {
  return ways
    .map((way) => ({ way, faults: faultsOf(way, marks, size) }))
    .sort((a, b) => a.faults - b.faults)
    .slice(0, mostStarts)
    .map(({ way }) => way);
}

function placedInTurn(
  ways: ReadonlyArray<readonly Way[]>,
  start: Way,
  { marks, size }: { marks: readonly Box[]; size: Size },
): Placement {
  const clusters = ways.map((each, i): { ways: readonly Way[]; now: Way } => ({
    ways: each,
    now: i === 0 ? start : [],
  }));
  const besides = (cluster: (typeof clusters)[number]) => [
    ...marks,
    ...clusters.filter((other) => other !== cluster).flatMap(({ now }) => now.flatMap(boxesOf)),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const [i, cluster] of clusters.entries()) {
      if (round > 0 || i > 0) cluster.now = leastFaulty(cluster.ways, besides(cluster), size);
    }
  }
  return {
    labels: clusters.flatMap(({ now }) => now),
    faults: clusters.reduce((sum, cluster) => sum + faultsOf(cluster.now, besides(cluster), size), 0),
  };
}

function leastFaulty(ways: readonly Way[], taken: readonly Box[], size: Size): Way {
  let least = Number.POSITIVE_INFINITY;
  let best: Way = [];
  for (const way of ways) {
    const faults = faultsOf(way, taken, size);
    if (faults < least) [least, best] = [faults, way];
  }
  return best;
}

function clustersOf(points: readonly Text[]): Text[][] {
  const clusters: Text[][] = [];
  for (const point of points.toSorted((a, b) => a.x - b.x)) {
    const last = clusters.at(-1);
    if (last !== undefined && point.x - (last.at(-1)?.x ?? 0) < oneCluster) last.push(point);
    else clusters.push([point]);
  }
  return clusters;
}

type Size = { readonly width: number; readonly height: number };
type Way = Array<readonly [Text, PlacedLabel]>;

/** All on one side, or in turn on both, as high as the points or shifted; the first ones are the tidiest. */
function waysOf(cluster: readonly Text[], { width, height }: Size): Way[] {
  const fromTop = cluster.toSorted((a, b) => a.y - b.y || a.x - b.x);
  const xs = cluster.map(({ x }) => x);
  const room: Record<Side, number> = {
    left: Math.min(...xs) - distance - clear - 2,
    right: width - Math.max(...xs) - distance - clear - 2,
  };
  const preferences: Array<(i: number) => Side> = [
    () => 'right',
    () => 'left',
    (i) => (i % 2 === 0 ? 'right' : 'left'),
    (i) => (i % 2 === 0 ? 'left' : 'right'),
  ];
  return preferences.flatMap((preferred) => {
    const sides = fromTop.map(({ text }, i) => {
      const side = preferred(i);
      const other = side === 'right' ? 'left' : 'right';
      return widthOf(text) > room[side] && room[other] > room[side] ? other : side;
    });
    return shifts.map((shift) =>
      (['right', 'left'] as const).flatMap((side) =>
        column(
          fromTop.filter((_, i) => sides[i] === side),
          { side, cluster, shift, height },
        ),
      ),
    );
  });
}

const shifts = [0, ...[0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 13, 16].flatMap((steps) => [-steps, steps])].map(
  (steps) => steps * step,
);

function column(
  points: readonly Text[],
  { side, cluster, shift, height }: { side: Side; cluster: readonly Text[]; shift: number; height: number },
): Way {
  const xs = cluster.map(({ x }) => x);
  const edge = side === 'right' ? Math.max(...xs) + distance : Math.min(...xs) - distance;
  const heights = spread(
    points.map(({ y }) => y + shift),
    height,
  );
  return points.map((point, i) => {
    const y = heights[i] ?? point.y;
    const anchor = { x: edge + (side === 'right' ? clear : -clear), y };
    const x = side === 'right' ? anchor.x : anchor.x - widthOf(point.text);
    return [point, { x, y, leader: { x: edge, y }, align: side === 'right' ? 'left' : 'right', anchor }];
  });
}

/** As near to where they belong as lines of text can stand, in their order and inside the panel. */
function spread(wanted: readonly number[], height: number): number[] {
  const apart: number[] = [];
  for (const y of wanted) apart.push(Math.max(y, (apart.at(-1) ?? Number.NEGATIVE_INFINITY) + step));
  const drift = apart.reduce((sum, y, i) => sum + y - (wanted[i] ?? y), 0) / Math.max(1, apart.length);
  const [top, bottom] = [(apart[0] ?? 0) - drift, (apart.at(-1) ?? 0) - drift];
  const back = Math.max(step - top, 0) - Math.max(bottom - (height - step), 0);
  return apart.map((y) => y - drift + back);
}

/** The label first, then the line to it, without what lies on its point. */
function boxesOf([{ text, x: fromX, y: fromY }, { x, y, leader }]: Way[number]): [Box, ...Box[]] {
  const line = leader === null ? [] : along([{ x: fromX, y: fromY }, leader]);
  return [boxOf({ x, y, text }), ...line.slice(2, -1)];
}

function faultsOf(way: Way, taken: readonly Box[], { width, height }: Size): number {
  const panel = { left: 0, top: 0, right: width, bottom: height };
  return way.reduce((sum, labelled) => {
    const [box] = boxesOf(labelled);
    const hits = taken.filter((other) => overlap(box, other)).length;
    return sum + hits + (inside(box, panel) ? 0 : 1000);
  }, 0);
}

/** Whether single places do: everything has its label, and few of them need a line. */
export function isCrowded(labels: ReadonlyArray<PlacedLabel | null>): boolean {
  return labels.some((label) => label === null) || labels.filter((label) => label?.leader != null).length > mostLeaders;
}

const mostLeaders = 4;
