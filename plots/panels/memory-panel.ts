/** One panel of memory over time: the phases of the run as bands, the engine as a line, its peaks as diamonds. */
import type { PositionFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import { bytes } from '../../scripts/command-line/format.ts';
import type { MemorySeries, Phase } from '../data/memory.ts';
import { textWidth } from '../render/text-width.ts';
import { bandInk, fontSize, frameworkColor, ink, paleBandInk, softInk } from '../render/theme.ts';
import { type Box, boxOf, inside, lineHeight, obstacles, overlap, type Spot, widthOf } from './labels/places.ts';
import { type PanelSpec, printed, rimmed } from './panel.ts';

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

/** @param mostBytes the highest of all panels that share the scale */
export function memoryPanel(series: MemorySeries, mostBytes: number, width: number): PanelSpec {
  const color = frameworkColor(series.member.framework);
  const last = series.points.at(-1)?.seconds ?? 1;
  const top = (mostBytes / bytesPerUnit) * headroom;
  const x: Axis = {
    field: 'seconds',
    type: 'quantitative',
    scale: { domain: [0, last], nice: false },
    axis: { title: 'Seconds since the start of the run', grid: false },
  };
  const y: Axis = {
    field: 'megabytes',
    type: 'quantitative',
    scale: { domain: [0, top], nice: false },
    axis: {
      title: 'Resident (MB)',
      titleAngle: 0,
      titleAlign: 'left',
      titleAnchor: 'end',
      titleX: 0,
      titleY: -8,
      grid: true,
      tickCount: 4,
      // None through the names of the phases.
      gridOpacity: { condition: { test: `datum.value > ${top / 1.2}`, value: 0 }, value: 1 },
      labelOpacity: { condition: { test: `datum.value > ${top / 1.2}`, value: 0 }, value: 1 },
    },
  };
  const line = (values: Array<{ seconds: number; megabytes: number }>, dashed: boolean) => ({
    data: { values },
    mark: { type: 'line' as const, color, strokeWidth: dashed ? 1.2 : 2, ...(dashed ? { strokeDash: [4, 3] } : {}) },
    encoding: { x, y },
  });
  const withTokenizer = series.points.flatMap(({ seconds, withTokenizerBytes }) =>
    withTokenizerBytes === null ? [] : [{ seconds, megabytes: withTokenizerBytes / bytesPerUnit }],
  );
  const points = series.points.map(({ seconds, bytes: value }) => ({ seconds, megabytes: value / bytesPerUnit }));
  const peaks = series.peaks.map(({ name, seconds, bytes: value }) => ({
    name,
    seconds,
    megabytes: value / bytesPerUnit,
    words: `${name} ${bytes(value)}`,
  }));
  const highest = peaks.toSorted((a, b) => b.megabytes - a.megabytes).slice(0, 1);
  return {
    width,
    height,
    layer: [
      ...bands(series.phases, last, width, x, top),
      line(points, false),
      ...(withTokenizer.length === 0 ? [] : [line(withTokenizer, true)]),
      {
        data: { values: peaks },
        mark: { type: 'point', shape: 'diamond', size: 46, color, filled: true, opacity: 1 },
        encoding: { x, y },
      },
      ...highest.flatMap((peak) => {
        const words = `peak of ${peak.words}`;
        const spot = (at: { seconds: number; megabytes: number }): Spot => ({
          x: (at.seconds / last) * width,
          y: height - (at.megabytes / top) * height,
        });
        const lines = [points, withTokenizer].map((each) => each.map(spot));
        const others = peaks.filter((other) => other !== peak).map(spot);
        const [end] = withTokenizer.slice(-1).map(spot);
        const taken = [
          ...obstacles(others, { texts: [], lines: lines.flatMap(pairsOf) }),
          ...(end === undefined ? [] : [labelBox(end, tokenizerWords, { align: 'right', below: false })]),
        ];
        return onWhite({ ...peak, words }, { x, y }, freePlace(spot(peak), words, taken, width));
      }),
      ...withTokenizer
        .slice(-1)
        .flatMap((end) => onWhite({ ...end, words: tokenizerWords }, { x, y }, { align: 'right', below: false })),
    ],
  };
}

type Layer = PanelSpec['layer'][number];
type Axis = PositionFieldDef<string>;
type Positions = { x: Axis; y: Axis };

function bands(phases: readonly Phase[], last: number, width: number, x: Axis, top: number): Layer[] {
  return phases.flatMap(({ name, fromSeconds, toSeconds }) => {
    const { words, color } = looks[name];
    const values = [
      { seconds: fromSeconds, end: toSeconds, middle: (fromSeconds + toSeconds) / 2, words, megabytes: top },
    ];
    const fits = ((toSeconds - fromSeconds) / last) * width > textWidth(words, fontSize) + 6;
    const band: Layer[] =
      color === null
        ? []
        : [{ data: { values }, mark: { type: 'rect', color }, encoding: { x, x2: { field: 'end' } } }];
    const label: Layer = {
      data: { values },
      mark: { type: 'text', color: softInk, baseline: 'top', dy: 4 },
      encoding: {
        x: { ...x, field: 'middle' },
        y: { value: 0 },
        text: printed('words'),
      },
    };
    return fits ? [...band, label] : band;
  });
}

interface Place {
  align: 'left' | 'right';
  below: boolean;
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
/** Pixels between a point and its label. */
const besides = 5;
const above = 5;
const under = 7;

function onWhite(
  value: { seconds: number; megabytes: number; words: string },
  { x, y }: Positions,
  { align, below }: Place,
): Layer[] {
  const vertical = below ? ({ baseline: 'top', dy: under } as const) : ({ baseline: 'bottom', dy: -above } as const);
  const mark = { type: 'text', ...vertical, dx: align === 'left' ? besides : -besides, align, color: ink } as const;
  return rimmed({ data: { values: [value] }, mark, encoding: { x, y, text: printed('words') } });
}
