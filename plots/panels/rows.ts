/** The rows of a panel: labels on the left, how wide they get and how high their rows must be, and the colour of a result. */
import { isRanked, type Member } from '../data/groups.ts';
import { textWidth, wrap } from '../render/text-width.ts';
import { fontSize, frameworkColor, softInk } from '../render/theme.ts';
import { printed, quantitative } from './panel.ts';

const widest = 150;
const mostLines = 5;
const lineHeight = fontSize + 3;

export interface RowLabels {
  /** Wrapped labels in the order given, lines parted by `\n`, all different. */
  readonly labels: readonly string[];
  /** Pixels. */
  readonly width: number;
  /** Height that a row needs for its label. */
  readonly rowHeight: number;
}

/** The vertical position of a mark: the label of its row, in the order of the data. */
export const rowField = { field: 'row', type: 'nominal', sort: null } as const;

/** How a result is drawn: in the colour of its framework, hollow where it is not ranked. */
export interface RowLooks {
  readonly color: string;
  readonly ranked: boolean;
}

export function looksOf(member: Member): RowLooks {
  return { color: frameworkColor(member.framework), ranked: isRanked(member) };
}

/** Height of a panel whose rows have room for their labels and marks. */
export function rowHeights({ rowHeight }: RowLabels, least = 28): { step: number } {
  return { step: Math.max(rowHeight, least) };
}

/** Rows in the order of their labels, also those without a mark. */
export function rowsLayer({ labels }: RowLabels, axis: RowAxis) {
  return {
    data: { values: labels.map((row) => ({ row })) },
    mark: { type: 'point', opacity: 0 },
    encoding: { y: { ...rowField, axis } },
  } as const;
}

/** A text behind the mark of each row, from the field `end` on. */
export function textBehind(
  mark: { dx?: number; yOffset?: number; fontWeight?: 600; color?: string; stroke?: string; strokeWidth?: number } = {},
) {
  return {
    mark: { type: 'text', align: 'left', dx: 9, ...mark },
    encoding: { y: rowField, x: quantitative('end'), text: printed('text') },
  } as const;
}

/** Says in its row why there is no mark. */
export function absentLayer<T extends object>(values: T[]) {
  return {
    data: { values },
    mark: { type: 'text', align: 'left', dx: 5, x: 0, color: softInk },
    encoding: { y: rowField, text: printed('text') },
  } as const;
}

/** Labels of panels under each other have one width, so that their axes begin in one line. */
export function labelled<T>(
  panels: readonly T[],
  namesOf: (panel: T) => readonly string[],
): Array<{ panel: T; labels: RowLabels }> {
  const each = panels.map((panel) => ({ panel, labels: rowLabels(namesOf(panel)) }));
  const width = Math.max(0, ...each.map(({ labels }) => labels.width));
  return each.map(({ panel, labels }) => ({ panel, labels: { ...labels, width } }));
}

function rowLabels(names: readonly string[]): RowLabels {
  const labels: string[] = [];
  for (const name of names) {
    const lines = wrap(unbroken(name), widest, fontSize, 'regular', mostLines).map((line) =>
      line.replaceAll(noBreak, ' '),
    );
    let label = lines.join('\n');
    // Two long names may be cut to the same text; rows need names of their own.
    for (let i = 2; labels.includes(label); i++) label = [...lines.slice(0, -1), `${lines.at(-1)} (${i})`].join('\n');
    labels.push(label);
  }
  const lines = labels.map((label) => label.split('\n'));
  return {
    labels,
    // A tenth more for browsers without Inter.
    width: Math.ceil(1.1 * Math.max(0, ...lines.flat().map((line) => textWidth(line, fontSize)))) + 8,
    rowHeight: Math.max(1, ...lines.map((label) => label.length)) * lineHeight + 8,
  };
}

const noBreak = '\u00a0';

/** A setting such as `KV f32` stays on one line where it fits on one. */
function unbroken(name: string): string {
  return name
    .split(/(?<=[,·] )/)
    .map((setting) =>
      textWidth(setting.trimEnd(), fontSize) > widest ? setting : setting.replaceAll(/ (?=[^ ·])/g, noBreak),
    )
    .join('');
}

/** The axis of a panel that is not the first of its line. */
export const unlabelledAxis = { title: null, labels: false, minExtent: 0, maxExtent: 0 };
type RowAxis = typeof unlabelledAxis | ReturnType<typeof rowAxis>;

/**
 * The axis with the labels. A fixed extent keeps the panels of a column aligned.
 * @param lift how far the marks stand above the middle of their row, pixels, negative
 */
export function rowAxis(labels: RowLabels, lift = 0) {
  const linesOf = (count: number) => `length(split(datum.value, '\\n')) === ${count}`;
  return {
    title: null,
    minExtent: labels.width,
    maxExtent: labels.width,
    // Vega puts the first line of a label in the middle of the row; the middle of the label belongs there.
    labelOffset: {
      condition: Array.from({ length: mostLines - 1 }, (_, i) => ({
        test: linesOf(i + 2),
        value: lift - ((i + 1) * lineHeight) / 2,
      })),
      value: lift,
    },
  };
}
