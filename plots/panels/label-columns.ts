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
  type Size,
  type Surroundings,
  type Text,
  widthOf,
} from './label-places.ts';

/** Points closer than this beside each other share their columns. */
const oneCluster = 40;
const distance = 26;
/** Between a line and the first letter. */
const clear = 3;
const step = lineHeight + 1;

/** Times that each cluster is placed anew beside what the others have taken. */
const rounds = 3;
/** Ways of the first cluster that are tried. */
const mostStarts = 24;
const mostLeaders = 4;

/** Labels of a cluster with the points that they name. */
type Way = ReadonlyArray<readonly [Text, PlacedLabel]>;
type Side = 'left' | 'right';

/** Whether single places do not suffice: something has no label, or many of them need a line. */
export function isCrowded(labels: ReadonlyArray<PlacedLabel | null>): boolean {
  return labels.includes(null) || labels.filter((label) => label?.leader != null).length > mostLeaders;
}

/** @returns a label for each point, in their order */
export function labelColumns(points: readonly Text[], size: Size, surroundings: Surroundings): PlacedLabel[] {
  const marks = obstacles(points, surroundings);
  const ways = clustersOf(points).map((cluster) => waysOf(cluster, size));
  let best: Placement = { labels: [], faults: Number.POSITIVE_INFINITY };
  // Who is placed first has the choice: from the left, and from the right, in every way that is good for it.
  for (const inTurn of [ways, ways.toReversed()]) {
    const starts = (inTurn[0] ?? [])
      .map((way) => ({ way, faults: faultsOf(way, marks, size) }))
      .sort((a, b) => a.faults - b.faults)
      .slice(0, mostStarts);
    for (const { way } of starts) {
      if (best.faults === 0) break;
      const placement = placedInTurn(inTurn, way, marks, size);
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

function placedInTurn(ways: ReadonlyArray<readonly Way[]>, start: Way, marks: readonly Box[], size: Size): Placement {
  const now = ways.map((_, i): Way => (i === 0 ? start : []));
  const besides = (cluster: number) => [
    ...marks,
    ...now.flatMap((way, other) => (other === cluster ? [] : way.flatMap(boxesOf))),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const [i, choice] of ways.entries()) {
      if (round === 0 && i === 0) continue;
      const taken = besides(i);
      now[i] = fewestFaults(choice, taken, size);
    }
  }
  return { labels: now.flat(), faults: now.reduce((sum, way, i) => sum + faultsOf(way, besides(i), size), 0) };
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

const preferences: ReadonlyArray<(i: number) => Side> = [
  () => 'right',
  () => 'left',
  (i) => (i % 2 === 0 ? 'right' : 'left'),
  (i) => (i % 2 === 0 ? 'left' : 'right'),
];

const shifts = [0, ...[0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 13, 16].flatMap((steps) => [-steps, steps])].map(
  (steps) => steps * step,
);

/** All on one side, or in turn on both, as high as the points or shifted; the first ones are the tidiest. */
function waysOf(cluster: readonly Text[], { width, height }: Size): Way[] {
  const fromTop = cluster.toSorted((a, b) => a.y - b.y || a.x - b.x);
  const xs = cluster.map(({ x }) => x);
  const edges: Record<Side, number> = { left: Math.min(...xs) - distance, right: Math.max(...xs) + distance };
  const room: Record<Side, number> = { left: edges.left - clear - 2, right: width - edges.right - clear - 2 };
  return preferences.flatMap((preferred) => {
    const sides = fromTop.map(({ text }, i) => {
      const side = preferred(i);
      const other = side === 'right' ? 'left' : 'right';
      return widthOf(text) > room[side] && room[other] > room[side] ? other : side;
    });
    const on = (side: Side) => fromTop.filter((_, i) => sides[i] === side);
    return shifts.map((shift) =>
      (['right', 'left'] as const).flatMap((side) => {
        const points = on(side);
        const wanted = points.map(({ y }) => y + shift);
        const heights = spread(wanted, height);
        return points.map(
          (point, i) => [point, besideEdge(point.text, side, edges[side], heights[i] ?? point.y)] as const,
        );
      }),
    );
  });
}

function besideEdge(text: string, side: Side, edge: number, y: number): PlacedLabel {
  const leader = { x: edge, y };
  if (side === 'right') return { x: edge + clear, y, leader, align: 'left', anchor: { x: edge + clear, y } };
  return { x: edge - clear - widthOf(text), y, leader, align: 'right', anchor: { x: edge - clear, y } };
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
function boxesOf(labelled: Way[number]): [Box, ...Box[]] {
  const [point, { leader }] = labelled;
  const line = leader === null ? [] : along([point, leader]);
  return [labelBoxOf(labelled), ...line.slice(2, -1)];
}

function labelBoxOf([point, { x, y }]: Way[number]): Box {
  return boxOf({ x, y, text: point.text });
}

/** The first of the best ways. */
function fewestFaults(ways: readonly Way[], taken: readonly Box[], size: Size): Way {
  let best: Way = [];
  let fewest = Number.POSITIVE_INFINITY;
  for (const way of ways) {
    const faults = faultsOf(way, taken, size, fewest);
    if (faults < fewest) [best, fewest] = [way, faults];
  }
  return best;
}

/** @param most from so many on the rest is not counted */
function faultsOf(way: Way, taken: readonly Box[], { width, height }: Size, most = Number.POSITIVE_INFINITY): number {
  const panel = { left: 0, top: 0, right: width, bottom: height };
  let faults = 0;
  for (const labelled of way) {
    if (faults >= most) break;
    const box = labelBoxOf(labelled);
    if (!inside(box, panel)) faults += 1000;
    for (const other of taken) if (overlap(box, other)) faults++;
  }
  return faults;
}
