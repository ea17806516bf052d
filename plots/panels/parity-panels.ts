/** The cells of the parity chart: verdict in words, KL divergence, top-1 agreement, equal tokens. */
import { ticks } from 'd3-array';
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { type DotAxis, type DotRow, domainEnd, dotPanel } from './dot-panel.ts';
import { type ChartSpec, type PanelSpec, panelStack, panelWidth, printed } from './panel.ts';
import { labelled, looksOf, type RowLabels, rowAxis, rowField } from './rows.ts';

/** A logarithmic axis has no zero: whatever is not above this stands there. Below it there is only rounding. */
export const klFloor = 1e-10;

/** Pixels of the verdict, and between the cells of a line. */
const verdictWidth = 56;
const gaps = 3 * 22;

export function parityStack(shown: readonly Group[]): ChartSpec {
  return panelStack(
    labelled(shown, ({ members }) => members.map(memberName)).map(({ panel: group, labels }) => {
      const room = panelWidth(1) - labels.width - verdictWidth - gaps;
      const cell = { members: group.members, labels, all: shown };
      return {
        title: shown.length === 1 ? '' : groupName(group),
        cells: [
          verdictPanel({ ...cell, width: verdictWidth }),
          klPanel({ ...cell, width: room * 0.44 }),
          top1Panel({ ...cell, width: room * 0.28 }),
          equalTokensPanel({ ...cell, width: room * 0.28 }),
        ],
      };
    }),
  );
}

interface ParityCell {
  readonly members: readonly Member[];
  readonly labels: RowLabels;
  readonly width: number;
  /** Every group of the picture: its panels share their scales. */
  readonly all: readonly Group[];
}

export function verdictWords({ parity }: Member): string {
  if (parity.state === 'unchecked') return 'no verdict';
  return parity.state === 'passed' && parity.by.parity_is_reference === true ? 'reference' : parity.state;
}

function verdictPanel({ members, labels, width }: ParityCell): PanelSpec {
  const values = members.map((member, i) => ({
    row: labels.labels[i],
    text: verdictWords(member),
    weight: member.parity.state === 'failed' ? 600 : 400,
  }));
  const y = { ...rowField, axis: rowAxis(labels) };
  return {
    width,
    height: { step: Math.max(labels.rowHeight, 28) },
    data: { values },
    layer: [
      {
        mark: { type: 'text', align: 'left', x: 0, fontWeight: { expr: 'datum.weight' } },
        encoding: { y, text: printed('text') },
      },
    ],
  };
}

function klPanel({ members, labels, width, all }: ParityCell): PanelSpec {
  const bounds = distinct(members.map((member) => runOf(member).parity_kl_tolerance));
  const reach = Math.max(...everyRun(all).map((run) => Math.max(run.parity_kl_max ?? 0, run.parity_kl_tolerance ?? 0)));
  const axis: DotAxis = {
    title: ['Mean KL divergence', `(nats, logarithmic${boundWords('; tolerance', bounds.map(plain))})`],
    logarithmic: true,
    domain: [klFloor, domainEnd(everyone(all).map(klDot), { from: klFloor, reach, width, logarithmic: true })],
    ticks: [klFloor, 1e-8, 1e-6, 1e-4, 0.01, 1, 100],
    tickText: (value) => (value === klFloor ? atFloor : plain(value)),
  };
  return dotPanel({ rows: members.map(klDot), labels, width, bounds, axis });
}

function klDot(member: Member): DotRow {
  const { parity_kl_mean: mean, parity_kl_max: max } = runOf(member);
  if (mean === null) return dotOf(member, null, 'no logits');
  const dot = dotOf(member, Math.max(mean, klFloor), mean <= klFloor ? atFloor : nats(mean));
  return { ...dot, largest: max === null ? null : Math.max(max, klFloor) };
}

function top1Panel({ members, labels, width, all }: ParityCell): PanelSpec {
  const bounds = distinct(members.map((member) => percent(runOf(member).parity_top1_tolerance)));
  const least = Math.min(
    ...everyRun(all).flatMap((run) => [run.parity_top1_agreement ?? 1, run.parity_top1_tolerance ?? 1]),
  );
  const from = Math.max(0, 100 * least - Math.max(0.2, 15 * (1 - least)));
  const axis: DotAxis = {
    title: ['Top-1 agreement', `(%${boundWords('; at least', bounds.map(String))})`],
    logarithmic: false,
    domain: [from, domainEnd(everyone(all).map(top1Dot), { from, reach: 100, width, logarithmic: false })],
    ticks: ticks(from, 100, 3),
    tickText: String,
  };
  return dotPanel({ rows: members.map(top1Dot), labels, width, bounds, axis });
}

function top1Dot(member: Member): DotRow {
  const agreement = runOf(member).parity_top1_agreement;
  return dotOf(member, percent(agreement), agreement === null ? 'no logits' : share(agreement));
}

function equalTokensPanel({ members, labels, width, all }: ParityCell): PanelSpec {
  const axis: DotAxis = {
    title: ['Equal tokens', '(%)'],
    logarithmic: false,
    domain: [0, domainEnd(everyone(all).map(equalTokensDot), { from: 0, reach: 100, width, logarithmic: false })],
    ticks: [0, 50, 100],
    tickText: String,
  };
  return dotPanel({ rows: members.map(equalTokensDot), labels, width, bounds: [], axis });
}

function equalTokensDot(member: Member): DotRow {
  const equal = equalTokensOf(runOf(member));
  return dotOf(member, percent(equal), equal === null ? 'no tokens' : share(equal));
}

/** Share of the reference's tokens that stand before the first divergence of their answer. */
export function equalTokensOf({ parity_equal_tokens: equal, parity_tokens: tokens }: RunRow): number | null {
  return equal === null || tokens === null || tokens === 0 ? null : equal / tokens;
}

function dotOf(member: Member, value: number | null, text: string): DotRow {
  return { ...looksOf(member), value, largest: null, text };
}

/** A member of the parity groups is one run. */
export function runOf({ runs }: Member): RunRow {
  const [run] = runs;
  if (run === undefined) throw new Error('a result without a run');
  return run;
}

const everyone = (groups: readonly Group[]) => groups.flatMap(({ members }) => members);
const everyRun = (groups: readonly Group[]) => everyone(groups).map(runOf);
const percent = (part: number | null) => (part === null ? null : Number((part * 100).toPrecision(6)));
const atFloor = `≤ ${klFloor}`;

/** All the digits there are: 1e-4, 0.001, 100. */
const plain = (value: number) => (value < 1e-3 ? value.toExponential() : String(value));

function distinct(values: ReadonlyArray<number | null>): number[] {
  return [...new Set(values.filter((value) => value !== null))].sort((a, b) => a - b);
}

function boundWords(words: string, bounds: readonly string[]): string {
  return bounds.length === 0 ? '' : `${words} ${bounds.join(' or ')}`;
}
