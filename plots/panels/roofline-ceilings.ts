/** The ceilings of a roofline as lines, and their names, each beside its own line: on no other name, line or point. */
import { significant } from '../../scripts/command-line/format.ts';
import type { RooflineCeiling } from '../data/roofline.ts';
import {
  along,
  around,
  type Box,
  boxOf,
  inside,
  overlap,
  type Size,
  type Spot,
  type Text,
  widthOf,
} from './label-places.ts';
import type { Domain } from './panel.ts';

export interface CeilingLine {
  readonly ceiling: RooflineCeiling;
  /** Ends on the left and on the right, in units of the axes. */
  readonly from: Spot;
  readonly to: Spot;
}

export function valuesOf(ceilings: readonly RooflineCeiling[], kind: RooflineCeiling['kind']): number[] {
  return ceilings.filter((ceiling) => ceiling.kind === kind).map(({ value }) => value);
}

/** Lines that slant up to the highest arithmetic, and level ones from the widest bandwidth on. */
export function ceilingLines(ceilings: readonly RooflineCeiling[], xDomain: Domain, yDomain: Domain): CeilingLine[] {
  const [bandwidths, peaks] = [valuesOf(ceilings, 'bandwidth'), valuesOf(ceilings, 'arithmetic')];
  const [left, right] = xDomain;
  const [bottom, top] = yDomain;
  return ceilings.map((ceiling) => {
    const { kind, value } = ceiling;
    if (kind === 'arithmetic') {
      const start = bandwidths.length === 0 ? left : Math.max(left, value / Math.max(...bandwidths));
      return { ceiling, from: { x: start, y: value }, to: { x: right, y: value } };
    }
    const start = Math.max(left, bottom / value);
    const end = Math.min(right, (peaks.length === 0 ? top : Math.min(top, Math.max(...peaks))) / value);
    return { ceiling, from: { x: start, y: start * value }, to: { x: end, y: end * value } };
  });
}

/** Closer lines of one label have one name: between them there is no room for a second one. Pixels. */
const oneNameWithin = 24;

/**
 * The names of ceilings.
 * @param lines with their ends in pixels
 */
export function namedLines(lines: readonly CeilingLine[]): NamedLine[] {
  const named: Array<{ ceilings: [RooflineCeiling, ...RooflineCeiling[]]; line: CeilingLine }> = [];
  for (const line of lines.toSorted((a, b) => b.ceiling.value - a.ceiling.value)) {
    const { kind, label } = line.ceiling;
    const near = named.find(
      ({ ceilings: [first], line: other }) =>
        kind === 'bandwidth' &&
        first.kind === kind &&
        first.label === label &&
        Math.abs(other.from.y - line.from.y) < oneNameWithin,
    );
    if (near === undefined) named.push({ ceilings: [line.ceiling], line });
    else near.ceilings.push(line.ceiling);
  }
  return named.map(({ ceilings, line: { from, to } }) => ({ text: ceilingText(ceilings), from, to }));
}

/** `memory 32.0 GB/s`, `cache 69.8 to 72.9 GB/s (1.00 to 4.00 MiB)`. */
function ceilingText(ceilings: readonly [RooflineCeiling, ...RooflineCeiling[]]): string {
  const [{ kind, label, value }] = ceilings;
  const unit = kind === 'bandwidth' ? 'B/s' : label === 'int8' ? 'op/s' : 'FLOP/s';
  const [prefix, divisor] = value < 10_000 ? ['G', 1] : ['T', 1000];
  const amounts = ceilings.map((ceiling) => ceiling.value / divisor);
  const sizes = ceilings.flatMap(({ readBytes }) => (readBytes === null ? [] : readBytes / 2 ** 20));
  return `${label} ${range(amounts)} ${prefix}${unit}${sizes.length === 0 ? '' : ` (${range(sizes)} MiB)`}`;
}

function range(values: readonly number[]): string {
  const [least, most] = [significant(Math.min(...values)), significant(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

/** Pixels. */
interface NamedLine {
  readonly text: string;
  readonly from: Spot;
  readonly to: Spot;
}

const pointRadius = 8;
const aboveLine = 9;
/** Between names of lines that lie on each other. */
const between = 14;

/** @returns the left end of the middle line of each name; where no place is free of everything, one that is on another line alone */
export function nameLines(lines: readonly NamedLine[], points: readonly Spot[], { width, height }: Size): Text[] {
  const panel: Box = { left: 0, top: 0, right: width, bottom: height };
  const taken: Box[] = points.map(({ x, y }) => around(x, y, pointRadius));
  return lines.map((line) => {
    const candidates = isLevel(line) ? besideLevel(line) : besideSlope(line);
    const others = lines
      .filter((other) => other !== line && !liesOn(other, line))
      .flatMap(({ from, to }) => along([from, to]));
    const isFreeOf = (boxes: readonly Box[]) => (name: Text) => {
      const box = boxOf(name);
      return inside(box, panel) && !boxes.some((other) => overlap(box, other));
    };
    const names = candidates.map((spot) => ({ ...spot, text: line.text }));
    const free = names.find(isFreeOf([...taken, ...others])) ?? names.find(isFreeOf(taken));
    const name = free ?? names[0] ?? { ...line.from, text: line.text };
    taken.push(boxOf(name));
    return name;
  });
}

const isLevel = ({ from, to }: NamedLine) => Math.abs(from.y - to.y) < 1;

/** Lines on each other have their names side by side: none of them is free of the other. */
function liesOn(other: NamedLine, { from, to }: NamedLine): boolean {
  return Math.abs(other.from.y - from.y) < 3 && Math.abs(other.to.y - to.y) < 3;
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
  return [0.92, 0.84, 0.76, 0.68, 0.6, 0.52, 0.44, 0.36, 0.28, 0.2, 0.12].flatMap((up) => {
    const [x, y] = [from.x + (to.x - from.x) * up, from.y + (to.y - from.y) * up];
    return [
      { x: x - widthOf(text) - 10, y: y - 4 },
      { x: x + 12, y: y + 7 },
    ];
  });
}
