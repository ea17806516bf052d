/** Places for the names of lines, each beside its own: none on another name, another line or a point. Pixels. */
import { along, around, type Box, boxOf, inside, overlap, type Spot, widthOf } from './places.ts';

interface NamedLine {
  readonly text: string;
  /** Left and right end. */
  readonly from: Spot;
  readonly to: Spot;
}

export interface PlacedName extends Spot {
  readonly text: string;
}

const pointRadius = 8;
const aboveLine = 9;
/** Between names of lines that lie on each other. */
const between = 14;

/** @returns the left end of the middle line of each name; where no place is free of everything, one that is on another line alone */
export function nameLines(
  lines: readonly NamedLine[],
  points: readonly Spot[],
  { width, height }: { width: number; height: number },
): PlacedName[] {
  const panel: Box = { left: 0, top: 0, right: width, bottom: height };
  const taken: Box[] = points.map(({ x, y }) => around(x, y, pointRadius));
  const bodies = lines.map(({ from, to }) => along([from, to]));
  return lines.map((line, i) => {
    const candidates = isLevel(line) ? besideLevel(line) : besideSlope(line);
    const others = bodies.filter((_, other) => other !== i && !liesOn(lines[other], line)).flat();
    const isFreeOf = (boxes: readonly Box[]) => (spot: Spot) => {
      const box = boxOf({ ...spot, text: line.text });
      return inside(box, panel) && !boxes.some((other) => overlap(box, other));
    };
    const free = candidates.find(isFreeOf([...taken, ...others])) ?? candidates.find(isFreeOf(taken));
    const spot = free ?? candidates[0] ?? line.from;
    taken.push(boxOf({ ...spot, text: line.text }));
    return { ...spot, text: line.text };
  });
}

const isLevel = ({ from, to }: NamedLine) => Math.abs(from.y - to.y) < 1;

/** Lines on each other have their names side by side: none of them is free of the other. */
function liesOn(other: NamedLine | undefined, { from, to }: NamedLine): boolean {
  return other !== undefined && Math.abs(other.from.y - from.y) < 3 && Math.abs(other.to.y - to.y) < 3;
}

/** From the right end to the left, above the line and then below it. */
function besideLevel({ text, from, to }: NamedLine): Spot[] {
  const room = widthOf(text) + between;
  const places = Math.max(1, Math.floor((to.x - from.x) / room));
  return [-aboveLine, aboveLine].flatMap((dy) =>
    Array.from({ length: places }, (_, i) => ({ x: to.x - (i + 1) * room + 6, y: to.y + dy })),
  );
}

/** To the left of the line or to its right, from its upper end down. */
function besideSlope({ text, from, to }: NamedLine): Spot[] {
  const at = (up: number) => ({ x: from.x + (to.x - from.x) * up, y: from.y + (to.y - from.y) * up });
  return [0.92, 0.84, 0.76, 0.68, 0.6, 0.52, 0.44, 0.36, 0.28, 0.2, 0.12].flatMap((up) => {
    const { x, y } = at(up);
    return [
      { x: x - widthOf(text) - 10, y: y - 4 },
      { x: x + 12, y: y + 7 },
    ];
  });
}
