/** Two runs side by side: their figures, and in what they were measured otherwise. */
import { measurementOf } from '../../../../collate/analysis/measurement.ts';
import { measureColumns } from '../../../../collate/analysis/measures.ts';
import { figureText, significant } from '../../../../scripts/command-line/format.ts';
import { differences } from '../../../../scripts/log/measurement.ts';
import { type RunRow, runColumns } from '../../../../scripts/results/runs/runs.ts';
import { frameworkColor, ink } from '../../../render/theme.ts';
import { left, right, tableOf } from '../../../report/table.ts';
import { rowLabels } from '../row-labels.ts';
import { type Layer, layered, literal, quantitative, tip } from '../spec.ts';
import { nothing, type Shown, type View } from '../view.ts';
import { nameOfRun } from './run.ts';

export const pair: View = {
  name: 'pair',
  title: 'Two runs',
  question: 'What differs between two runs?',
  draw(shown) {
    const [a, b] = chosenPair(shown);
    if (a === undefined || b === undefined)
      return nothing('Choose two runs in the table below: "Compare" puts them here.');
    const figures = figuresOf(a, b);
    const differing = differences(measurementOf(a), measurementOf(b));
    const rows: Row[] = [
      ...figures.map(({ title, texts, ratio }) => ({ what: title, texts, ratio: `${significant(ratio)}×` })),
      ...differing.map((name) => ({ what: name, texts: [fieldText(a, name), fieldText(b, name)] as const, ratio: '' })),
    ];
    return {
      sentence: sentenceOf(a, b, differing),
      choices: [],
      notes: [
        `A: ${nameOfRun(a)}. B: ${nameOfRun(b)}.`,
        'One run of each is no comparison: it says nothing of how much runs differ by themselves. The axis is logarithmic.',
      ],
      rowActions: [],
      table: tableOf('Figures, then what was measured otherwise', rows, [
        [left('What'), ({ what }) => what],
        [left('A'), ({ texts: [first] }) => first],
        [left('B'), ({ texts: [, second] }) => second],
        [right('B / A'), ({ ratio }) => ratio],
      ]),
      chart:
        figures.length === 0
          ? null
          : {
              name: 'two-runs',
              label: `Ratios of ${figures.length} figures of two runs; the table below has them.`,
              actions: [],
              spec: (width) => {
                const labels = rowLabels(
                  figures.map(({ title, ratio }) => [title, `${significant(ratio)}×`]),
                  width,
                );
                return layered(layersOf(figures, b, labels.expression), width, { step: labels.step });
              },
            },
    };
  },
};

interface Row {
  readonly what: string;
  readonly texts: readonly [string, string];
  readonly ratio: string;
}

/** Those that were asked for; else the latest two that are shown. */
function chosenPair({ data, state, runs }: Shown): [RunRow | undefined, RunRow | undefined] {
  const latest = runs
    .filter(({ status }) => status === 'completed')
    .toSorted((x, y) => (y.started_at ?? '').localeCompare(x.started_at ?? ''));
  const of = (uuid: string) => data.runs[data.placeOf(uuid) ?? -1];
  const a = of(state.run) ?? latest[0];
  return [a, of(state.other) ?? latest.find((run) => run !== a && run.workload === a?.workload)];
}

interface FigurePair {
  readonly title: string;
  readonly texts: readonly [string, string];
  readonly ratio: number;
}

function figuresOf(a: RunRow, b: RunRow): FigurePair[] {
  return runColumns.flatMap(({ name, title, unit }): FigurePair[] => {
    if (!measureColumns.includes(name)) return [];
    const [first, second] = [a[name], b[name]];
    if (typeof first !== 'number' || typeof second !== 'number' || first <= 0 || second <= 0) return [];
    return [{ title, texts: [figureText(first, unit), figureText(second, unit)], ratio: second / first }];
  });
}

function fieldText(run: RunRow, name: string): string {
  const value = measurementOf(run)[name];
  return value === undefined ? 'not reported' : String(value);
}

function sentenceOf(a: RunRow, b: RunRow, differing: readonly string[]): string {
  if (a === b) return 'These are the same run.';
  if (differing.length === 0)
    return 'These two runs measured the same thing: whatever differs is noise or a change over time.';
  const what = differing.length === 1 ? 'one field' : `${differing.length} fields`;
  return `These two runs differ in ${what} of what was measured; the figures come first in the table.`;
}

function layersOf(figures: readonly FigurePair[], b: RunRow, labels: string): Layer[] {
  const values = figures.map(({ title, texts, ratio }, place) => ({
    ...{ place, ratio, one: 1, color: frameworkColor(b.framework ?? '') },
    tip: [title, `A ${texts[0]}`, `B ${texts[1]}`, `B / A ${significant(ratio)}×`].join('\n'),
  }));
  const y = {
    field: 'place',
    type: 'ordinal' as const,
    axis: { title: null, labelExpr: labels, labelLineHeight: 14, grid: false },
  };
  const furthest = Math.max(1.1, ...figures.map(({ ratio }) => Math.max(ratio, 1 / ratio)));
  const x = {
    ...quantitative('ratio'),
    scale: { type: 'log' as const, domain: [1 / furthest / 1.05, furthest * 1.05], nice: false },
    axis: { title: 'B / A (logarithmic)', grid: true, format: '.3~r', tickCount: 5 },
  };
  return [
    { data: { values: [{ one: 1 }] }, mark: { type: 'rule', color: ink }, encoding: { x: { ...x, field: 'one' } } },
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 3 },
      encoding: { y, x: { ...x, field: 'one' }, x2: { field: 'ratio' }, color: literal('color') },
    },
    {
      data: { values },
      mark: { type: 'point', filled: true, size: 90, opacity: 1 },
      encoding: { y, x, color: literal('color'), tooltip: tip },
    },
  ];
}
