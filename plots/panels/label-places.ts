/** Places for labels beside points so that no label covers a point, another label, or leaves the panel. Pixels. */
import { textWidth } from '../render/text-width.ts';
import { fontSize } from '../render/theme.ts';

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedLabel extends Spot {
  /** Where the line from the point to a label that is far from it ends; null for one beside its point. */
  readonly leader: Spot | null;
  /** How the text is aligned, and where: fonts differ in width, and it must not leave its point. */
  readonly align: 'left' | 'center' | 'right';
  readonly anchor: Spot;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const pointRadius = 6;
export const lineHeight = fontSize + 2;
const distances = [11, 20, 32, 48, 66, 88, 114, 144, 178, 216];
/** From this distance on a line says which point is meant. */
const leaderDistance = 20;
const directions = [0, 180, 45, 315, 135, 225, 90, 270, 25, 155, 205, 335, 65, 115, 245, 295].map(
  (degrees) => (degrees * Math.PI) / 180,
);

export interface Text extends Spot {
  readonly text: string;
}

export interface Surroundings {
  readonly texts: readonly Text[];
  readonly lines: ReadonlyArray<readonly [Spot, Spot]>;
}

/** Times that points without a label are given their turn before the others. */
const mostTries = 8;

/**
 * @param surroundings what else is written there, with the left end of its middle line, and lines that no label may lie on
 * @returns the left end of each label's middle line; null where there is no room for it
 */
export function placeLabels(
  points: readonly Text[],
  size: Size,
  surroundings: Surroundings,
): Array<PlacedLabel | null> {
  let order = [...points.keys()];
  let best: Array<PlacedLabel | null> = [];
  for (let tries = 0; tries < mostTries; tries++) {
    const inTurn = placeInTurn(
      order.flatMap((i) => points[i] ?? []),
      size,
      surroundings,
    );
    const placed = points.map((_, i) => inTurn[order.indexOf(i)] ?? null);
    if (tries === 0 || missing(placed) < missing(best)) best = placed;
    if (missing(placed) === 0) break;
    order = order.toSorted((a, b) => Number(placed[a] !== null) - Number(placed[b] !== null));
  }
  return best;
}

const missing = (labels: ReadonlyArray<PlacedLabel | null>) => labels.filter((label) => label === null).length;

/** What no label may lie on. */
export function obstacles(points: readonly Spot[], { texts, lines }: Surroundings): Box[] {
  return [...points.map(({ x, y }) => around(x, y, pointRadius)), ...texts.map(boxOf), ...lines.flatMap(along)];
}

function placeInTurn(points: readonly Text[], { width, height }: Size, surroundings: Surroundings) {
  const boxes = obstacles(points, surroundings);
  const marks = obstacles(points, { ...surroundings, lines: [] });
  const panel = { left: 0, top: 0, right: width, bottom: height };
  return points.map((point): PlacedLabel | null => {
    for (const distance of distances) {
      for (const angle of directions) {
        const near = { x: point.x + distance * Math.cos(angle), y: point.y - distance * Math.sin(angle) };
        // To the left of its point a label ends there.
        const align = Math.cos(angle) < -0.1 ? 'right' : Math.cos(angle) < 0.1 ? 'center' : 'left';
        const shift = { right: widthOf(point.text), center: widthOf(point.text) / 2, left: 0 }[align];
        const spot = { x: near.x - shift, y: near.y };
        const box = boxOf({ ...spot, text: point.text });
        if (!inside(box, panel) || boxes.some((other) => overlap(box, other))) continue;
        const isFar = distance >= leaderDistance;
        // Above and below, the line ends at the edge of the label.
        const edge = align === 'center' ? near.y - Math.sign(near.y - point.y) * (lineHeight / 2) : near.y;
        const end = { x: near.x, y: edge };
        const leader = isFar ? along([beside(point, end), end]) : [];
        // A line to a label that runs through another text, or a point, names the wrong one.
        if (leader.some((piece) => marks.some((other) => overlap(piece, other)))) continue;
        boxes.push(box, ...leader);
        marks.push(box, ...leader);
        // A line that ends in a label keeps clear of its first letter.
        const clear = isFar ? { left: 3, center: 0, right: -3 }[align] : 0;
        return { ...spot, leader: isFar ? end : null, align, anchor: { x: near.x + clear, y: near.y } };
      }
    }
    return null;
  });
}

/** A tenth more for browsers without our font. */
export function widthOf(text: string): number {
  return textWidth(text, fontSize) * 1.1;
}

/** Where the line to a label leaves the mark of its point. */
function beside(point: Spot, to: Spot): Spot {
  const distance = Math.hypot(to.x - point.x, to.y - point.y);
  const part = Math.min(1, (pointRadius + 2) / distance);
  return { x: point.x + (to.x - point.x) * part, y: point.y + (to.y - point.y) * part };
}

export function boxOf({ x, y, text }: Text): Box {
  return { left: x - 2, right: x + widthOf(text) + 2, top: y - lineHeight / 2, bottom: y + lineHeight / 2 };
}

/** A line as a chain of small boxes. */
export function along([from, to]: readonly [Spot, Spot]): Box[] {
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 6));
  return Array.from({ length: steps + 1 }, (_, i) =>
    around(from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps, 1),
  );
}

export function around(x: number, y: number, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

export function inside(box: Box, panel: Box): boolean {
  return box.left >= panel.left && box.right <= panel.right && box.top >= panel.top && box.bottom <= panel.bottom;
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
