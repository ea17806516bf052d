/** What to run on each host, as it was recommended when the page was made. */
import { type FigureName, figures, figureText } from '../../../../collate/recommending/figures.ts';
import { significant } from '../../../../scripts/command-line/format.ts';
import { readableUnit } from '../../../data/metric.ts';
import { frameworkColor, paper } from '../../../render/theme.ts';
import { columnHeading, type Table } from '../../../report/document.ts';
import { shown as cell, count, type Field, left, right, tableOf } from '../../../report/table.ts';
import type { MatrixLine, PageGoal, Place, RecommendationView, Way } from '../../recommendation.ts';
import { type Bar, barLayers } from '../bars.ts';
import { rowLabels } from '../row-labels.ts';
import { layered } from '../spec.ts';
import { type Action, type ChartContent, choice, nothing, type Shown, type View } from '../view.ts';

const goals = [
  { value: 'throughput', label: 'highest decode rate', figure: 'decode', title: 'Decode rate' },
  { value: 'latency', label: 'shortest time of an answer', figure: 'answer', title: 'Time of an answer' },
  { value: 'memory', label: 'least memory', figure: 'memory', title: 'Memory' },
] as const satisfies ReadonlyArray<{ value: PageGoal; label: string; figure: FigureName; title: string }>;
type GoalChoice = (typeof goals)[number];

export function recommendation(view: RecommendationView): View {
  return {
    name: 'recommendation',
    title: 'What to run',
    question: 'What should I run here?',
    draw(shown) {
      const ofGoal = choice(shown, 'goal', 'For the', goals);
      const goal = goals.find(({ value }) => value === ofGoal.chosen) ?? goals[0];
      const { places, matrix } = view.goals[goal.value];
      const isShown = visibleIn(shown);
      const visible = places
        .map((place) => ({ ...place, name: nameOf(place), ways: place.ways.filter((way) => isShown(place, way)) }))
        .filter(({ ways }) => ways.length > 0)
        .sort((a, b) => b.ways.length - a.ways.length);
      const ofPlace = choice(
        shown,
        'recommended',
        'On',
        visible.map(({ name }) => ({ value: name, label: name })),
      );
      const found = visible.find(({ name }) => name === ofPlace.chosen);
      const choices = [ofPlace, ofGoal];
      if (found === undefined) return nothing('Nothing that is shown was measured for a recommendation.', choices);
      const actions = found.ways.map(
        ({ framework }): Action => ({ kind: 'filter', facet: 'framework', value: framework }),
      );
      return {
        sentence: found.sentence,
        choices,
        notes: notesOf(view),
        rowActions: actions,
        table: tableOf(`Ways to run ${found.model} on ${found.hostname}, best first`, found.ways, wayFields),
        second: matrixTable(
          matrix,
          places.filter((place) => visible.some(({ name }) => name === nameOf(place))),
          goal,
        ),
        commands: [...found.commands, view.predicting],
        chart: chartOf(found, goal, actions),
      };
    },
  };
}

/** Bars; the table has all. */
const mostDrawn = 20;

const nameOf = ({ hostname, model }: Pick<Place, 'hostname' | 'model'>) => `${hostname} · ${model}`;

/** A way is shown where any of its runs is. */
function visibleIn({ runs }: Shown): (place: Place, way: Way) => boolean {
  const seen = new Set(
    runs.map(({ hostname, model, framework, quantize, device }) =>
      JSON.stringify([hostname, model ?? 'unknown', framework, quantize, device]),
    ),
  );
  return ({ hostname, model }, { framework, quantize, device }) =>
    seen.has(JSON.stringify([hostname, model, framework, quantize, device]));
}

function notesOf({ terms: { promptTokens, answerTokens, workload } }: RecommendationView): string[] {
  return [
    `Bars, of the best ${mostDrawn} at most: means over runs. Lines: 95 % intervals, from three runs. Filled: no other is better in one of goal, decode rate, memory and bits per weight, and no worse in the others (Pareto). Hollow: beaten.`,
    `Only what was measured, judged on all runs of ${workload === 'qa' ? 'the questions' : 'the kernel workload'}, whatever is filtered. An answer: ${promptTokens} tokens of prompt, ${answerTokens} generated.`,
  ];
}

const figureField = (name: FigureName, title: string, unit = ''): Field<Way> => [
  right(title, unit),
  ({ figures: known }) =>
    cell(known[name]?.value ?? null, (value) => (unit === '' ? figureText(name, value) : significant(value))),
];

const wayFields: ReadonlyArray<Field<Way>> = [
  [left('What'), ({ name }) => name],
  [right('Measured runs'), ({ runs }) => count(runs)],
  figureField('decode', 'Decode rate', 'tokens/s'),
  figureField('prefill', 'Prefill rate', 'tokens/s'),
  figureField('answer', 'Answer'),
  figureField('memory', 'Memory'),
  figureField('quality', 'Weights', 'bits each'),
  [left('Pareto'), ({ onFront }) => (onFront ? 'yes' : 'no')],
  [left('Beside the best'), ({ standing }) => standing],
];

/** On a single host, with a single model, it would only repeat the sentence. */
function matrixTable(
  matrix: readonly MatrixLine[],
  visible: readonly Place[],
  { figure, label, title }: GoalChoice,
): Table | null {
  if (visible.length < 2) return null;
  const lines = matrix
    .map((line) => ({
      ...line,
      hosts: line.hosts.filter(({ hostname }) =>
        visible.some((place) => place.hostname === hostname && place.model === line.model),
      ),
    }))
    .filter(({ hosts }) => hosts.length > 0);
  const at = (place: number): ReadonlyArray<Field<MatrixLine>> => [
    [left(place === 0 ? 'Best' : 'Next host'), ({ hosts }) => placeWords(hosts[place])],
    [right(title), ({ hosts }) => cell(hosts[place]?.value ?? null, (value) => figureText(figure, value))],
  ];
  return tableOf(`The best hardware by architecture and size, for the ${label}`, lines, [
    [left('Architecture'), ({ algorithm }) => algorithm],
    [left('Size'), ({ size }) => size],
    [left('Model'), ({ model }) => model],
    ...at(0),
    ...(lines.some(({ hosts }) => hosts.length > 1) ? at(1) : []),
  ]);
}

function placeWords(host: MatrixLine['hosts'][number] | undefined): string {
  return host === undefined ? '–' : `${host.hostname}, ${host.way}`;
}

function chartOf(
  { ways, sentence }: Place,
  { figure, title }: GoalChoice,
  actions: readonly Action[],
): ChartContent | null {
  const known = ways.flatMap((way, mark) => {
    const found = way.figures[figure];
    return found === undefined ? [] : { way, mark, found };
  });
  const drawn = known.slice(0, mostDrawn);
  if (drawn.length === 0) return null;
  const scale = readableUnit(
    figures[figure].unit,
    drawn.map(({ found }) => found.value),
  );
  const bars = drawn.map(({ way, mark, found: { value, interval } }, place): Bar => {
    const color = frameworkColor(way.framework);
    const between =
      interval === null ? [] : `95 %: ${figureText(figure, interval.low)} to ${figureText(figure, interval.high)}`;
    return {
      ...{ place, mark, stroke: color, fill: way.onFront ? color : paper },
      center: value / scale.divisor,
      low: (interval?.low ?? value) / scale.divisor,
      high: (interval?.high ?? value) / scale.divisor,
      words: figureText(figure, value),
      tip: [way.name, figureText(figure, value)].concat(between, 'Click: only this framework').join('\n'),
    };
  });
  const heading = columnHeading({ title, unit: scale.unit });
  return {
    name: `recommendation-${figure}`,
    label: `${heading} of the best ${drawn.length} of ${known.length} ways to run it. ${sentence}`,
    actions,
    spec: (width) => {
      const labels = rowLabels(
        drawn.map(({ way }, place) => [way.name, bars[place]?.words ?? '']),
        width,
      );
      return layered(barLayers(bars, [], heading, labels.expression), width, { step: labels.step });
    },
  };
}
