/** Where the time of an evaluation goes: bars by operator, and a column a layer; both in the colours of the parts of a decoder. */
import { significant } from '../../scripts/command-line/format.ts';
import { type OperatorTime, type Part, type PhaseTimes, parts } from '../data/operator-times.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, partColor } from '../render/theme.ts';
import { endWithRoom, literal, type PanelSpec, printed, quantitative, titleAbove } from './panel.ts';
import { type RowLabels, rowAxis, rowField, rowHeights, rowsLayer, textBehind, unlabelledAxis } from './rows.ts';

const rowHeight = 20;
const barHeight = 12;

interface OperatorPanel {
  readonly times: PhaseTimes;
  /** Operators in the order of the rows; those that this phase does not have are empty rows. */
  readonly rows: readonly string[];
  readonly labels: RowLabels;
  readonly isFirst: boolean;
  /** Pixels of the plotting area. */
  readonly width: number;
}

/** A bar an operator: its share of the evaluation, summed over the layers. */
export function operatorPanel({ times, rows, labels, isFirst, width }: OperatorPanel): PanelSpec {
  const values = rows.flatMap((row, i) => {
    const found = times.operators.filter(({ operator }) => operator === row);
    return found.map((operator) => ({ ...barOf(operator, times), row: labels.labels[i] }));
  });
  const end = endWithRoom(
    values.map(({ end, text }) => ({ end, text, width })),
    { start: 0, logarithmic: false, gap: 10, weight: 'regular' },
  );
  return {
    width,
    height: rowHeights(labels, rowHeight),
    layer: [
      rowsLayer(labels, isFirst ? rowAxis(labels) : unlabelledAxis),
      {
        data: { values },
        mark: { type: 'bar', height: barHeight },
        encoding: {
          y: rowField,
          x: {
            ...quantitative('share'),
            scale: { domain: [0, end], nice: false, zero: true },
            axis: { title: shareTitle(times), tickCount: 4 },
          },
          fill: literal('fill'),
        },
      },
      { data: { values }, ...textBehind({ dx: 5 }) },
    ],
  };
}

function barOf({ part, ms }: OperatorTime, { evaluationMs }: PhaseTimes) {
  const share = (ms / evaluationMs) * 100;
  return { share, end: share, fill: partColor(parts.indexOf(part)), text: `${significant(ms)} ms` };
}

function shareTitle({ phase, tokens, evaluationMs }: PhaseTimes): string[] {
  const whole = `${significant(evaluationMs)} ms`;
  return phase === 'decode'
    ? [`Decode: % of the ${whole} of a token`]
    : [`Prefill: % of the ${whole} of ${tokens} tokens`];
}

const layersHeight = 90;

/** A column a layer, its parts on top of each other. */
export function layerPanel({ phase, layers }: PhaseTimes, width: number): PanelSpec {
  const values = layers.map(({ layer, part, ms }) => ({
    layer,
    ms,
    part: parts.indexOf(part),
    fill: partColor(parts.indexOf(part)),
  }));
  const title = `${phase === 'decode' ? 'Decode' : 'Prefill'}: ms in each layer`;
  return {
    width,
    height: layersHeight,
    layer: [
      {
        data: { values },
        mark: { type: 'bar' },
        encoding: {
          x: {
            field: 'layer',
            type: 'ordinal',
            axis: { title: 'Layer', labelAngle: 0 },
            scale: { paddingInner: 0.25 },
          },
          y: {
            ...quantitative('ms'),
            stack: 'zero',
            axis: { ...titleAbove(title, 10), grid: true, tickCount: 3 },
          },
          order: quantitative('part'),
          fill: literal('fill'),
        },
      },
    ],
  };
}

const swatch = 9;
const gap = 12;

/** Names of the colours in one line, which begins `before` pixels before the panel, below the labels of the rows. */
export function partLegend(shown: readonly Part[], width: number, before: number): PanelSpec {
  let x = swatch / 2 - before;
  const values = shown.map((part) => {
    const at = x;
    x += swatch + 4 + textWidth(part, fontSize) * 1.08 + gap;
    return { at, text: part, fill: partColor(parts.indexOf(part)) };
  });
  const place = { ...quantitative('at'), scale: { domain: [0, width], nice: false }, axis: null };
  return {
    width,
    height: 14,
    layer: [
      {
        data: { values },
        mark: { type: 'point', shape: 'square', size: swatch ** 2, filled: true, opacity: 1 },
        encoding: { x: place, fill: literal('fill') },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: swatch / 2 + 4 },
        encoding: { x: place, text: printed('text') },
      },
    ],
  };
}
