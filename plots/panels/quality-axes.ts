/** Results of a panel placed on its axes, quality upwards, decode rate or memory to the right; and the front of those that no other beats. */
import type { QualityMeasure } from '../data/accuracy-results.ts';
import type { Estimate } from '../data/quality-costs.ts';
import type { QualityPanel } from '../data/quality-points.ts';
import type { Scale } from './panel.ts';

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

/** The domain is that of the values; a panel makes room for labels beyond. */
export interface QualityAxis extends Scale {
  readonly title: string;
  /** True where more is better. */
  readonly rises: boolean;
  /** Format of the ticks, in the language of d3-format. */
  readonly format: string;
}

export interface Placed {
  readonly results: readonly PlacedResult[];
  readonly x: QualityAxis;
  readonly y: QualityAxis;
}

const qualityTitles: Record<QualityMeasure, string> = {
  share: 'Correct (%)',
  perplexity: 'Perplexity',
  kl: 'KL divergence (nats)',
};

const rateTitles: Record<QualityPanel['rateSource'], string> = {
  qa: 'Decode rate (tokens/s)',
  kernel: 'Decode rate, tg (tokens/s)',
  own: 'Decode rate of these answers (tokens/s)',
};

/** Null where no result has the cost. */
export function placed(
  { points, measure, rateSource, memoryTitle }: QualityPanel,
  cost: 'rate' | 'memory',
): Placed | null {
  const largest = Math.max(0, ...points.flatMap(({ memory }) => memory?.value ?? []));
  const [unit, divisor] = largest >= 1e9 ? (['GB', 1e9] as const) : (['MB', 1e6] as const);
  const [costScale, qualityScale] = [cost === 'memory' ? 1 / divisor : 1, measure === 'share' ? 100 : 1];
  const results = points.flatMap(({ framework, name, mark, quality, [cost]: value }) =>
    value === null
      ? []
      : [{ framework, name, ranked: mark === null, x: bounds(value, costScale), y: bounds(quality, qualityScale) }],
  );
  if (results.length === 0) return null;
  const title = cost === 'rate' ? rateTitles[rateSource] : `${memoryTitle} (${unit})`;
  const [x, y] = [results.map((result) => result.x), results.map((result) => result.y)];
  return { results, x: costAxis(x, title, cost === 'rate'), y: qualityAxis(y, measure) };
}

function bounds({ value, interval }: Estimate, scale: number): Bounds {
  return { value: value * scale, low: (interval?.low ?? value) * scale, high: (interval?.high ?? value) * scale };
}

const plainNumbers = ',.4~r';

/** Wider spans than this are read better on a logarithmic axis. */
const widestLinear = 8;

function costAxis(values: readonly Bounds[], title: string, rises: boolean): QualityAxis {
  const { low, high, isWide } = spanOf(values);
  const linear = { title, rises, logarithmic: false, format: plainNumbers };
  // One value has no span: it stands between nothing and itself.
  if (low === high) return { ...linear, domain: [0, high] };
  if (isWide) return logarithmically({ ...linear, domain: [low / 1.5, high] });
  const room = Math.max(high - low, high * 0.1) * 0.12;
  return { ...linear, domain: [Math.max(0, low - room), high] };
}

/** A share has room for points at 0 and 100 %; KL divergences lie orders of magnitude apart. */
function qualityAxis(values: readonly Bounds[], measure: QualityMeasure): QualityAxis {
  const { low, high, isWide } = spanOf(values);
  const isShare = measure === 'share';
  // Ten decimals of a divergence would take the room of the picture.
  const format = measure === 'kl' ? '~e' : plainNumbers;
  const linear = { title: qualityTitles[measure], rises: isShare, logarithmic: false, format };
  if (!isShare && isWide) return logarithmically({ ...linear, domain: [low / 1.3, high * 1.1] });
  const room = Math.max(high - low, isShare ? 5 : high * 0.05) * 0.08;
  const [least, most] = isShare ? [-4, 104] : [0, Number.POSITIVE_INFINITY];
  return { ...linear, domain: [Math.max(least, low - room), Math.min(most, high + room)] };
}

function spanOf(values: readonly Bounds[]): { low: number; high: number; isWide: boolean } {
  const [low, high] = [Math.min(...values.map((value) => value.low)), Math.max(...values.map((value) => value.high))];
  return { low, high, isWide: low > 0 && high / low > widestLinear };
}

function logarithmically({ title, ...axis }: QualityAxis): QualityAxis {
  const said = title.endsWith(')') ? `${title.slice(0, -1)}, logarithmic)` : `${title} (logarithmic)`;
  return { ...axis, title: said, logarithmic: true };
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

/** Lines from the worst cost along the best quality, then at each result to the quality of the next, at last to the worst quality. */
export function frontSteps(results: readonly PlacedResult[], x: QualityAxis, y: QualityAxis) {
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
