/** How even the tokens come: quantiles of the gaps between them, of every contender in one group. */
import { significant } from '../../../../scripts/command-line/format.ts';
import type { Member } from '../../../data/groups.ts';
import { type GapQuantiles, gapQuantiles, type LatencySketch } from '../../../data/latency.ts';
import { frameworkColor, ink } from '../../../render/theme.ts';
import { count, figure, left, right, tableOf } from '../../../report/table.ts';
import { chooseGroup, workloadOf } from '../group-choice.ts';
import { nameOf } from '../member-names.ts';
import type { PageData } from '../page-data.ts';
import { rowLabels } from '../row-labels.ts';
import { type Layer, layered, literal, quantitative, tip } from '../spec.ts';
import { type Action, type Content, nothing, type View } from '../view.ts';
import { thinnedNote } from './thinned.ts';

export const latency: View = {
  name: 'latency',
  title: 'Latency',
  question: 'How evenly do the tokens come?',
  draw(shown) {
    const { group, choice } = chooseGroup(
      shown,
      shown.groups.filter((each) => workloadOf(each) === 'qa'),
    );
    if (group === undefined)
      return nothing('No run of the question workload is shown; only that one times single tokens.');
    const rows = group.members.flatMap((member) => rowOf(member, shown.data));
    if (rows.length === 0)
      return nothing('No contender of this group has the twenty gaps that quartiles need.', [choice]);
    return {
      sentence: sentenceOf(rows),
      choices: [choice],
      notes: [
        'Line: from the 5th to the 99th percentile of the gaps. Box: middle half. Stroke: median. A percentile is shown where five gaps lie beyond it. The axis is logarithmic.',
        ...thinnedNote(shown.data.payload),
      ],
      ...drawn(rows),
    };
  },
};

interface Row {
  readonly member: Member;
  readonly gaps: GapQuantiles;
}

function rowOf(member: Member, data: PageData): Row[] {
  const sketches = new Map<string, LatencySketch>();
  for (const { uuid } of member.runs) {
    const place = data.placeOf(uuid);
    if (place !== undefined) sketches.set(uuid ?? '', data.gapsOf(place));
  }
  const gaps = gapQuantiles(member, sketches);
  return gaps === null ? [] : [{ member, gaps }];
}

function sentenceOf(rows: readonly Row[]): string {
  const tail = ({ gaps }: Row) => (gaps.p99 ?? gaps.p95 ?? gaps.p75) / gaps.p50;
  const [first] = rows.toSorted((a, b) => tail(a) - tail(b));
  if (first === undefined) return 'No gap was measured.';
  const { p99, p95, p75, p50 } = first.gaps;
  const [name, value] = p99 !== null ? ['99th', p99] : p95 !== null ? ['95th', p95] : ['75th', p75];
  return `${nameOf(first.member)} is the most even: a gap of ${significant(p50)} ms in the median, of ${significant(value)} ms at the ${name} percentile.`;
}

function drawn(rows: readonly Row[]): Pick<Content, 'chart' | 'table' | 'rowActions'> {
  const actions = rows.map(({ member }): Action => ({ kind: 'filter', facet: 'framework', value: member.framework }));
  return {
    rowActions: actions,
    table: tableOf('Gaps between tokens, ms', rows, [
      [left('Framework'), ({ member }) => nameOf(member)],
      [left('Quantisation'), ({ member }) => member.quantize],
      ...(['p5', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] as const).map(
        (name) => [right(name === 'max' ? 'Longest' : name), ({ gaps }: Row) => figure(gaps[name])] as const,
      ),
      [right('Different gaps'), ({ gaps }) => count(gaps.count)],
    ]),
    chart: {
      name: 'latency',
      label: `Quantiles of the gaps between tokens of ${rows.length} contenders; the table below has the numbers.`,
      actions,
      spec: (width) => {
        const labels = rowLabels(
          rows.map(({ member, gaps }) => [nameOf(member), `median ${significant(gaps.p50)} ms`]),
          width,
        );
        return layered(layersOf(rows, labels.expression), width, { step: labels.step });
      },
    },
  };
}

function layersOf(rows: readonly Row[], labels: string): Layer[] {
  const values = rows.map(({ member, gaps }, place) => {
    const color = frameworkColor(member.framework);
    const high = gaps.p99 ?? gaps.p95 ?? gaps.p75;
    const quantiles = [
      `median ${significant(gaps.p50)} ms`,
      `middle half ${significant(gaps.p25)} to ${significant(gaps.p75)} ms`,
    ];
    return {
      place,
      low: gaps.p5 ?? gaps.p25,
      high,
      from: gaps.p25,
      to: gaps.p75,
      middle: gaps.p50,
      color,
      mark: place,
      tip: [nameOf(member), ...quantiles, 'Click: only this framework'].join('\n'),
    };
  });
  const data = { values };
  const y = {
    field: 'place',
    type: 'ordinal' as const,
    axis: { title: null, labelExpr: labels, labelLineHeight: 14, grid: false },
  };
  const x = {
    ...quantitative('low'),
    scale: { type: 'log' as const, nice: true },
    axis: { title: 'Gap (ms, logarithmic)', grid: true },
  };
  return [
    {
      data,
      mark: { type: 'rule', strokeWidth: 2 },
      encoding: { y, x, x2: { field: 'high' }, color: literal('color') },
    },
    {
      data,
      mark: { type: 'bar', height: 14, cursor: 'pointer' },
      encoding: { y, x: { ...x, field: 'from' }, x2: { field: 'to' }, fill: literal('color'), tooltip: tip },
    },
    { data, mark: { type: 'tick', thickness: 2, size: 20, color: ink }, encoding: { y, x: { ...x, field: 'middle' } } },
  ];
}
