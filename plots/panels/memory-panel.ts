/** One panel of memory over time: the phases of the run as bands, the engine as a line, its peaks as diamonds. */
import { bytes } from '../../scripts/command-line/format.ts';
import type { MemorySeries, Phase } from '../data/memory.ts';
import { textWidth } from '../render/text-width.ts';
import { bandInk, fontSize, frameworkColor, ink, paleBandInk, softInk } from '../render/theme.ts';
import { type Box, boxOf, inside, lineHeight, obstacles, overlap, type Spot, widthOf } from './label-places.ts';
import { type Layer, type PanelSpec, printed, quantitative, rimmed, scaleFrom, titleAbove } from './panel.ts';

const height = 130;
/** Room above the highest line for its label and the names of the phases. */
const headroom = 1.45;
const bytesPerUnit = 1e6;

const looks: Record<Phase['name'], { words: string; color: string | null }> = {
  start: { words: 'start', color: null },
  load: { words: 'load', color: bandInk },
  warmup: { words: 'warm-up', color: paleBandInk },
  measured: { words: 'measured', color: null },
};

interface Point {
  readonly seconds: number;
  readonly megabytes: number;
}

const pointAt = (seconds: number, value: number): Point => ({ seconds, megabytes: value / bytesPerUnit });

/** @param mostBytes the highest of all panels that share the scale */
export function memoryPanel(series: MemorySeries, mostBytes: number, width: number): PanelSpec {
  const color = frameworkColor(series.member.framework);
  const last = series.points.at(-1)?.seconds ?? 1;
  const top = (mostBytes / bytesPerUnit) * headroom;
  const points = series.points.map((point) => pointAt(point.seconds, point.bytes));
  const withTokenizer = series.points.flatMap(({ seconds, withTokenizerBytes: value }) =>
    value === null ? [] : pointAt(seconds, value),
  );
  const peaks = series.peaks.map((peak) => ({ ...pointAt(peak.seconds, peak.bytes), peak }));
  const [highest, ...lower] = peaks.toSorted((a, b) => b.megabytes - a.megabytes);
  const end = withTokenizer.at(-1);
  const spotOf = ({ seconds, megabytes }: Point): Spot => ({
    x: (seconds / last) * width,
    y: height - (megabytes / top) * height,
  });
  const peakLabel = ({ peak, ...point }: NonNullable<typeof highest>) => {
    const words = `peak of ${peak.name} ${bytes(peak.bytes)}`;
    const lines = [points, withTokenizer].flatMap((line) => pairsOf(line.map(spotOf)));
    const taken = [
      ...obstacles(lower.map(spotOf), { texts: [], lines }),
      ...(end === undefined ? [] : [labelBox(spotOf(end), tokenizerWords, atTheEnd)]),
    ];
    return onWhite(point, words, freePlace(spotOf(point), words, taken, width));
  };
  const dashed = { type: 'line' as const, color, strokeWidth: 1.2, strokeDash: [4, 3] };
  // Neither grid nor labels through the names of the phases.
  const below = { condition: { test: `datum.value > ${top / 1.2}`, value: 0 }, value: 1 };
  return {
    width,
    height,
    layer: [
      ...series.phases.flatMap((phase) => bandOf(phase, width / last)),
      { data: { values: points }, mark: { type: 'line', color, strokeWidth: 2 } },
      ...(end === undefined ? [] : [{ data: { values: withTokenizer }, mark: dashed }]),
      {
        data: { values: peaks },
        mark: { type: 'point', shape: 'diamond', size: 46, color, filled: true, opacity: 1 },
      },
      ...(highest === undefined ? [] : peakLabel(highest)),
      ...(end === undefined ? [] : onWhite(end, tokenizerWords, atTheEnd)),
    ],
    encoding: {
      x: {
        ...quantitative('seconds'),
        scale: scaleFrom({ domain: [0, last], logarithmic: false }),
        axis: { title: 'Seconds since the start of the run', grid: false },
      },
      y: {
        ...quantitative('megabytes'),
        scale: scaleFrom({ domain: [0, top], logarithmic: false }),
        axis: { ...titleAbove('Resident (MB)', 8), grid: true, tickCount: 4, gridOpacity: below, labelOpacity: below },
      },
    },
  };
}

/** A phase as a band with its name, where there is room for it. */
function bandOf({ name, fromSeconds, toSeconds }: Phase, pixelsPerSecond: number): Layer[] {
  const { words, color } = looks[name];
  const data = { values: [{ seconds: fromSeconds, end: toSeconds, middle: (fromSeconds + toSeconds) / 2, words }] };
  const fits = (toSeconds - fromSeconds) * pixelsPerSecond > textWidth(words, fontSize) + 6;
  const layers: Layer[] = [];
  if (color !== null) {
    const encoding = { x2: { field: 'end' }, y: { value: 0 }, y2: { value: height } };
    layers.push({ data, mark: { type: 'rect', color }, encoding });
  }
  if (fits) {
    const encoding = { x: quantitative('middle'), y: { value: 0 }, text: printed('words') };
    layers.push({ data, mark: { type: 'text', color: softInk, baseline: 'top', dy: 4 }, encoding });
  }
  return layers;
}

interface Place {
  readonly align: 'left' | 'right';
  readonly below: boolean;
}

const places: readonly Place[] = [
  { align: 'left', below: false },
  { align: 'right', below: false },
  { align: 'left', below: true },
  { align: 'right', below: true },
];

/** Beside a point where its label lies on nothing; where there is no such place, above, on the side that has room. */
function freePlace(point: Spot, text: string, taken: readonly Box[], width: number): Place {
  const panel = { left: 0, top: lineHeight, right: width, bottom: height };
  const free = places.find((place) => {
    const box = labelBox(point, text, place);
    return inside(box, panel) && !taken.some((other) => overlap(box, other));
  });
  return free ?? { align: point.x > width / 2 ? 'right' : 'left', below: false };
}

function labelBox({ x, y }: Spot, text: string, { align, below }: Place): Box {
  return boxOf({
    x: align === 'left' ? x + besides : x - besides - widthOf(text),
    y: below ? y + under + lineHeight / 2 : y - above - lineHeight / 2,
    text,
  });
}

function pairsOf(line: readonly Spot[]): Array<readonly [Spot, Spot]> {
  return line.slice(1).map((to, i) => [line[i] ?? to, to]);
}

const tokenizerWords = 'with tokenizer';
const atTheEnd: Place = { align: 'right', below: false };
/** Pixels between a point and its label. */
const besides = 5;
const above = 5;
const under = 7;

function onWhite(point: Point, words: string, { align, below }: Place): Layer[] {
  const vertical = below ? ({ baseline: 'top', dy: under } as const) : ({ baseline: 'bottom', dy: -above } as const);
  const mark = { type: 'text', ...vertical, dx: align === 'left' ? besides : -besides, align, color: ink } as const;
  return rimmed({ data: { values: [{ ...point, words }] }, mark, encoding: { text: printed('words') } });
}
