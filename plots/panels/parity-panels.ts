/** The cells of the parity chart: verdict in words, KL divergence, top-1 agreement, equal tokens. */
import { ticks } from 'd3-array';
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { type DotAxis, type DotRow, domainEnd, dotPanel } from './dot-panel.ts';
import { type ChartSpec, cellSpacing, type PanelSpec, panelStack, panelWidth, printed } from './panel.ts';
import { labelled, looksOf, type RowLabels, rowAxis, rowField, rowHeights } from './rows.ts';

/** A logarithmic axis has no zero: a value that is not above this stands there. Below it there is only rounding. */
export const klFloor = 1e-10;

/** Pixels of the verdict. */
const verdictWidth = 56;

/** @param whole width of the chart, pixels */
export function parityStack(shown: readonly Group[], whole: number): ChartSpec {
  const all = shown.flatMap(({ members }) => members);
  return panelStack(
    labelled(shown, ({ members }) => members.map(memberName)).map(({ panel: group, labels }) => {
      const room = panelWidth(1, whole) - labels.width - verdictWidth - cellSpacing * columns.length;
      const dots = columns.map((column) => columnPanel(column, { members: group.members, labels, room, all }));
      return { title: groupName(group), cells: [verdictPanel(group.members, labels), ...dots] };
    }),
  );
}

export function verdictWords({ parity }: Member): string {
  if (parity.state === 'unchecked') return 'no verdict';
  return parity.state === 'passed' && parity.by.parity_is_reference === true ? 'reference' : parity.state;
}

function verdictPanel(members: readonly Member[], labels: RowLabels): PanelSpec {
  const values = members.map((member, i) => ({
    row: labels.labels[i],
    text: verdictWords(member),
    weight: member.parity.state === 'failed' ? 600 : 400,
  }));
  return {
    width: verdictWidth,
    height: rowHeights(labels),
    data: { values },
    layer: [
      {
        mark: { type: 'text', align: 'left', x: 0, fontWeight: { expr: 'datum.weight' } },
        encoding: { y: { ...rowField, axis: rowAxis(labels) }, text: printed('text') },
      },
    ],
  };
}

/** A figure with an axis of its own. */
interface Column {
  /** Its part of the room. */
  readonly part: number;
  /** Null where the run has no figure; then the text says why. */
  readonly dot: (run: RunRow) => { readonly value: number | null; readonly largest?: number | null; text: string };
  readonly bound?: (run: RunRow) => number | null;
  /** The axis begins at `from` and goes as far as `reach`, 100 % by itself, and as far as the printed values need. */
  readonly axis: (
    all: readonly RunRow[],
    bounds: readonly number[],
  ) => Pick<DotAxis, 'title' | 'ticks'> & Partial<DotAxis> & { readonly from: number; readonly reach?: number };
}

const columns: readonly Column[] = [
  {
    part: 0.44,
    dot: ({ parity_kl_mean: mean, parity_kl_max: max }) =>
      mean === null
        ? { value: null, text: 'no logits' }
        : {
            value: Math.max(mean, klFloor),
            largest: max === null ? null : Math.max(max, klFloor),
            text: mean <= klFloor ? atFloor : nats(mean),
          },
    bound: (run) => run.parity_kl_tolerance,
    axis: (all, bounds) => ({
      title: ['Mean KL divergence', `(nats, logarithmic${boundWords('; tolerance', bounds.map(plain))})`],
      logarithmic: true,
      from: klFloor,
      reach: Math.max(...all.map((run) => Math.max(run.parity_kl_max ?? 0, run.parity_kl_tolerance ?? 0))),
      ticks: [klFloor, 1e-8, 1e-6, 1e-4, 0.01, 1, 100],
      tickText: (value) => (value === klFloor ? atFloor : plain(value)),
    }),
  },
  {
    part: 0.28,
    dot: (run) => shareDot(run.parity_top1_agreement, 'no logits'),
    bound: (run) => percent(run.parity_top1_tolerance),
    axis: (all, bounds) => {
      const parts = all.flatMap((run) => [run.parity_top1_agreement ?? 1, run.parity_top1_tolerance ?? 1]);
      const least = Math.min(...parts);
      const from = Math.max(0, 100 * least - Math.max(0.2, 15 * (1 - least)));
      const title = ['Top-1 agreement', `(%${boundWords('; at least', bounds.map(String))})`];
      return { title, from, ticks: ticks(from, 100, 3) };
    },
  },
  {
    part: 0.28,
    dot: (run) => shareDot(equalTokensOf(run), 'no tokens'),
    axis: () => ({ title: ['Equal tokens', '(%)'], from: 0, ticks: [0, 50, 100] }),
  },
];

function shareDot(part: number | null, absent: string) {
  return { value: percent(part), text: part === null ? absent : share(part) };
}

interface Cell {
  readonly members: readonly Member[];
  readonly labels: RowLabels;
  /** Pixels of all columns together. */
  readonly room: number;
  /** Everything in the picture: its panels share their scales. */
  readonly all: readonly Member[];
}

function columnPanel({ part, dot, bound, axis: axisOf }: Column, { members, labels, room, all }: Cell): PanelSpec {
  const dotOf = (member: Member): DotRow => ({ largest: null, ...looksOf(member), ...dot(runOf(member)) });
  const width = room * part;
  const bounds = [...new Set(members.flatMap((member) => bound?.(runOf(member)) ?? []))].sort((a, b) => a - b);
  const { from, reach = 100, logarithmic = false, tickText = String, ...axis } = axisOf(all.map(runOf), bounds);
  const domain = [from, domainEnd(all.map(dotOf), { from, reach, width, logarithmic })] as const;
  return dotPanel({
    rows: members.map(dotOf),
    labels,
    width,
    bounds,
    axis: { ...axis, logarithmic, tickText, domain },
  });
}

/** Share of the reference's tokens that stand before the first divergence of their answer. */
export function equalTokensOf({ parity_equal_tokens: equal, parity_tokens: tokens }: RunRow): number | null {
  return equal === null || tokens === null || tokens === 0 ? null : equal / tokens;
}

/** A member of the parity groups is one run. */
export function runOf({ runs }: Member): RunRow {
  const [run] = runs;
  if (run === undefined) throw new Error('a result without a run');
  return run;
}

const percent = (part: number | null) => (part === null ? null : Number((part * 100).toPrecision(6)));
const atFloor = `≤ ${klFloor}`;

/** All digits of a number: 1e-4, 0.001, 100. */
const plain = (value: number) => (value < 1e-3 ? value.toExponential() : String(value));

function boundWords(words: string, bounds: readonly string[]): string {
  return bounds.length === 0 ? '' : `${words} ${bounds.join(' or ')}`;
}
