/** Results of a panel placed on its axes: quality upwards, decode rate or memory to the right. */
import type { Estimate, QualityMeasure, QualityPanel, QualityPoint } from '../data/quality-points.ts';
import type { Bounds, PlacedResult, QualityAxis } from './quality-panel.ts';

export interface Placed {
  results: PlacedResult[];
  axes: { x: QualityAxis; y: QualityAxis };
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
  const values = panel.points.flatMap((point) => point.memory?.value ?? []);
  const [unit, divisor] = Math.max(0, ...values) >= 1e9 ? (['GB', 1e9] as const) : (['MB', 1e6] as const);
  const scale = panel.measure === 'share' ? 100 : 1;
  const results = panel.points.flatMap((point): PlacedResult[] => {
    const x = point[cost];
    if (x === null) return [];
    return [{ ...subject(point), x: bounds(x, cost === 'memory' ? 1 / divisor : 1), y: bounds(point.quality, scale) }];
  });
  if (results.length === 0) return null;
  const title = cost === 'rate' ? rateTitles[panel.rateSource] : `${panel.memoryTitle} (${unit})`;
  return {
    results,
    axes: {
      x: axisOf(
        results.map(({ x }) => x),
        title,
        cost === 'rate',
      ),
      y: qualityAxis(results, panel.measure),
    },
  };
}

function subject({ framework, name, mark }: QualityPoint) {
  return { framework, name, ranked: mark === null };
}

function bounds({ value, interval }: Estimate, scale: number): Bounds {
  return { value: value * scale, low: (interval?.low ?? value) * scale, high: (interval?.high ?? value) * scale };
}

/** Wider spans than this are read better on a logarithmic axis. */
const widestLinear = 8;

function axisOf(values: readonly Bounds[], title: string, rises: boolean): QualityAxis {
  const [low, high] = [Math.min(...values.map((v) => v.low)), Math.max(...values.map((v) => v.high))];
  if (low > 0 && high / low > widestLinear) {
    return {
      title: `${title.replace(/\)$/, '')}, logarithmic)`,
      rises,
      domain: [low / 1.6, high * 1.6],
      logarithmic: true,
    };
  }
  const room = Math.max(high - low, high * 0.1) * 0.18;
  return { title, rises, domain: [Math.max(0, low - room), high + room], logarithmic: false };
}

/** A share has room for its points at 0 and 100 %; KL divergences lie orders of magnitude apart. */
function qualityAxis(results: readonly PlacedResult[], measure: QualityMeasure): QualityAxis {
  const title = qualityTitles[measure];
  const values = results.map(({ y }) => y);
  if (measure !== 'share') return axisOf(values, title, false);
  const [low, high] = [Math.min(...values.map((v) => v.low)), Math.max(...values.map((v) => v.high))];
  const room = Math.max(high - low, 5) * 0.12;
  return { title, rises: true, domain: [Math.max(-4, low - room), Math.min(104, high + room)], logarithmic: false };
}
