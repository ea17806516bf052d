/** Results of a panel placed on its axes, quality upwards, decode rate or memory to the right; and the front of those that no other beats. */

import type { QualityMeasure } from '../data/accuracy-results.ts';
import type { Estimate } from '../data/quality-costs.ts';
import type { QualityPanel, QualityPoint } from '../data/quality-points.ts';

/** A value and its interval; the interval is the value itself where there is none. */
interface Bounds {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface PlacedResult {
  readonly framework: string;
  readonly name: string;
  readonly ranked: boolean;
  readonly x: Bounds;
  readonly y: Bounds;
}

export interface QualityAxis {
  readonly title: string;
  /** True where more is better. */
  readonly rises: boolean;
  /** Of the values; a panel makes room for labels beyond. */
  readonly domain: readonly [number, number];
  readonly logarithmic: boolean;
  /** Of the ticks, as d3-format has it. */
  readonly format: string;
}

export interface Placed {
  results: PlacedResult[];
  x: QualityAxis;
  y: QualityAxis;
}

const qualityTitles: Record<QualityMeasure, string> = {
  share: 'Correct (%)',
  perplexity: 'Perplexity',
  kl: 'KL divergence (nats)',
};

const rateTitles = {
  qa: 'Decode rate (tokens/s)',
  kernel: 'Decode rate, tg (tokens/s)',
  own: 'Decode rate of these answers (tokens/s)',
} as const;

/** Null where no result has the cost. */
export function placed(panel: QualityPanel, cost: 'rate' | 'memory'): Placed | null {
  const largest = Math.max(0, ...panel.points.flatMap(({ memory }) => memory?.value ?? []));
  const [unit, divisor] = largest >= 1e9 ? (['GB', 1e9] as const) : (['MB', 1e6] as const);
  const results = panel.points.flatMap((point): PlacedResult[] => {
    const x = point[cost];
    if (x === null) return [];
    const [costScale, qualityScale] = [cost === 'memory' ? 1 / divisor : 1, panel.measure === 'share' ? 100 : 1];
    return [{ ...subject(point), x: bounds(x, costScale), y: bounds(point.quality, qualityScale) }];
  });
  if (results.length === 0) return null;
  const title = cost === 'rate' ? rateTitles[panel.rateSource] : `${panel.memoryTitle} (${unit})`;
  return {
    results,
    x: costAxis(
      results.map(({ x }) => x),
      title,
      cost === 'rate',
    ),
    y: qualityAxis(
      results.map(({ y }) => y),
      panel.measure,
    ),
  };
}

function subject({ framework, name, mark }: QualityPoint) {
  return { framework, name, ranked: mark === null };
}

function bounds({ value, interval }: Estimate, scale: number): Bounds {
  return { value: value * scale, low: (interval?.low ?? value) * scale, high: (interval?.high ?? value) * scale };
}

const plainNumbers = ',.4~r';

/** Wider spans than this are read better on a logarithmic axis. */
const widestLinear = 8;

function costAxis(values: readonly Bounds[], title: string, rises: boolean): QualityAxis {
  const { low, high } = spanOf(values);
  const format = plainNumbers;
  // One value has no span: it stands between nothing and itself.
  if (low === high) return { title, rises, domain: [0, high], logarithmic: false, format };
  if (low > 0 && high / low > widestLinear) {
    return { title: logarithmicTitle(title), rises, domain: [low / 1.5, high], logarithmic: true, format };
  }
  const room = Math.max(high - low, high * 0.1) * 0.12;
  return { title, rises, domain: [Math.max(0, low - room), high], logarithmic: false, format };
}

/** A share has room for points at 0 and 100 %; KL divergences lie orders of magnitude apart. */
function qualityAxis(values: readonly Bounds[], measure: QualityMeasure): QualityAxis {
  const title = qualityTitles[measure];
  const { low, high } = spanOf(values);
  // Ten decimals of a divergence would take the room of the picture.
  const format = measure === 'kl' ? '~e' : plainNumbers;
  const room = Math.max(high - low, measure === 'share' ? 5 : high * 0.05) * 0.08;
  if (measure === 'share') {
    return {
      title,
      rises: true,
      domain: [Math.max(-4, low - room), Math.min(104, high + room)],
      logarithmic: false,
      format,
    };
  }
  if (low > 0 && high / low > widestLinear) {
    return { title: logarithmicTitle(title), rises: false, domain: [low / 1.3, high * 1.1], logarithmic: true, format };
  }
  return { title, rises: false, domain: [Math.max(0, low - room), high + room], logarithmic: false, format };
}

function spanOf(values: readonly Bounds[]): { low: number; high: number } {
  return { low: Math.min(...values.map(({ low }) => low)), high: Math.max(...values.map(({ high }) => high)) };
}

function logarithmicTitle(title: string): string {
  return title.endsWith(')') ? `${title.slice(0, -1)}, logarithmic)` : `${title} (logarithmic)`;
}

type Compared = Pick<PlacedResult, 'x' | 'y' | 'ranked'>;
type Direction = Pick<QualityAxis, 'rises'>;

/** Ranked results that no other ranked one beats in one without losing in the other, from the highest cost to the lowest. */
export function paretoFront<T extends Compared>(results: readonly T[], x: Direction, y: Direction): T[] {
  const better = (a: number, b: number, { rises }: Direction) => (rises ? a > b : a < b);
  const beats = (a: T, b: T) =>
    !better(b.x.value, a.x.value, x) &&
    !better(b.y.value, a.y.value, y) &&
    (better(a.x.value, b.x.value, x) || better(a.y.value, b.y.value, y));
  const ranked = results.filter((result) => result.ranked);
  return ranked
    .filter((result) => !ranked.some((other) => beats(other, result)))
    .sort((a, b) => (x.rises ? a.x.value - b.x.value : b.x.value - a.x.value));
}

interface Step {
  x: number;
  y: number;
  x2: number;
  y2: number;
}

/** From the worst cost along the best quality, then at each result to the quality of the next, at last to the worst quality. */
export function frontSteps(results: readonly PlacedResult[], x: QualityAxis, y: QualityAxis): Step[] {
  const front = paretoFront(results, x, y);
  const [worstX, worstY] = [x.domain[x.rises ? 0 : 1], y.domain[y.rises ? 0 : 1]];
  return front.flatMap((result, i) => {
    const [at, quality] = [result.x.value, result.y.value];
    return [
      { x: front[i - 1]?.x.value ?? worstX, y: quality, x2: at, y2: quality },
      { x: at, y: quality, x2: at, y2: front[i + 1]?.y.value ?? worstY },
    ];
  });
}
