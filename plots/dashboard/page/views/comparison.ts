/** Who is faster, in one group: every contender with its interval and its runs, and a sentence that says how sure that is. */
import { type Measure, measuresOf } from '../../../../collate/analysis/measures.ts';
import { figureText, significant } from '../../../../scripts/command-line/format.ts';
import { type Group, isRanked, type Member, markBehind, rankedBy, whyNotRanked } from '../../../data/groups.ts';
import { axisTitle, type Metric, metricOf, readable, samplesOf, summaryOf } from '../../../data/metric.ts';
import { type Figure, leadingFigure, overNext } from '../../../data/verdicts.ts';
import { frameworkColor, paper } from '../../../render/theme.ts';
import { frameworkAnswer, singleAnswer } from '../../../report/sections/answer-sentences.ts';
import { intervalWords } from '../../../report/sections/choice.ts';
import { count, left, right, summaryCells, tableOf } from '../../../report/table.ts';
import { type Bar, barLayers } from '../bars.ts';
import { chooseGroup, workloadOf } from '../group-choice.ts';
import { nameOf } from '../member-names.ts';
import { rowLabels } from '../row-labels.ts';
import { layered } from '../spec.ts';
import { type Action, type Choice, type Content, choice, nothing, type Shown, type View } from '../view.ts';

export const comparison: View = {
  name: 'comparison',
  title: 'Comparison',
  question: 'Which framework should I use here?',
  draw(shown) {
    const { group, choice: ofGroup } = chooseGroup(shown);
    if (group === undefined) return nothing('No completed run that measures speed is shown.');
    const { choice: ofFigure, figure } = chooseFigure(shown, group);
    const members = inOrder(group, figure);
    const { metric } = figure;
    return {
      sentence: sentenceOf(group, figure),
      choices: [ofGroup, ofFigure],
      notes: [
        'Bars: geometric means over runs. Lines: 95 % intervals. Dots: single runs; those that would lie on one another are drawn once.',
        ...(members.every(isRanked) ? [] : ['Hollow: not ranked, for the reason in the table.']),
      ],
      ...drawn(members, metric),
    };
  },
};

/** Figures that the workload has and any contender has a value of. */
function chooseFigure(shown: Shown, group: Group): { choice: Choice; figure: Figure } {
  const runs = group.members.flatMap((member) => member.runs);
  const leading = workloadOf(group) === 'qa' ? leadingFigure(group).metric.name : null;
  const figures = measuresOf(workloadOf(group))
    .map((measure) => figureOf(measure))
    .filter(({ metric }) => samplesOf(runs, metric).length > 0)
    .sort((a, b) => Number(b.metric.name === leading) - Number(a.metric.name === leading));
  const made = choice(
    shown,
    'figure',
    'By',
    figures.map(({ metric }) => ({ value: metric.name, label: metric.title })),
  );
  const figure = figures.find(({ metric }) => metric.name === made.chosen) ?? leadingFigure(group);
  return { choice: made, figure: { ...figure, metric: readable(figure.metric, runs) } };
}

function figureOf({ column, better }: Measure): Figure {
  return { metric: metricOf(column), better };
}

/** Ranked ones first, the best of them at the top. */
function inOrder(group: Group, { metric, better }: Figure): Member[] {
  const ranked = rankedBy(group, metric, better).map(({ member }) => member);
  const others = group.members.filter(
    (member) => !ranked.includes(member) && samplesOf(member.runs, metric).length > 0,
  );
  return [...ranked, ...others];
}

function sentenceOf(group: Group, figure: Figure): string {
  const verdict = overNext(group, figure);
  if (verdict === null) return singleSentence(group, figure);
  if (figure.metric.name === leadingFigure(group).metric.name) return frameworkAnswer(group, verdict, figure).sentence;
  const [best, next] = [verdict.faster, verdict.slower].map(nameOf);
  const times = `${significant(verdict.ratio)}× (95 % interval ${intervalWords(verdict.interval)})`;
  return `By ${figure.metric.title.toLowerCase()}, ${best} is ahead of ${next}, ${times}: ${verdict.sentence}.`;
}

function singleSentence(group: Group, { metric, better }: Figure): string {
  const [first] = rankedBy(group, metric, better);
  if (first === undefined || metric.name === 'decode_tokens_per_s') return singleAnswer(group).sentence;
  return `${nameOf(first.member)}: ${metric.title.toLowerCase()} ${figureText(first.value, metric.unit)}.`;
}

function drawn(members: readonly Member[], metric: Metric): Pick<Content, 'chart' | 'table' | 'rowActions'> {
  const filters = members.map(({ framework }): Action => ({ kind: 'filter', facet: 'framework', value: framework }));
  const dots = members.flatMap((member, place) => dotsOf(member, place, metric));
  const table = tableOf(metric.title, members, [
    [left('Framework'), (member) => nameOf(member) + markBehind(member)],
    [left('Quantisation'), ({ quantize }) => quantize],
    [right(metric.title, metric.unit), (member) => summaryCells(member, metric)[0]],
    [right('95 % interval', metric.unit), (member) => summaryCells(member, metric)[1]],
    [right('Runs'), ({ runs }) => count(runs.length)],
    [left('Not ranked because'), (member) => whyNotRanked(member) ?? ''],
  ]);
  return {
    table,
    rowActions: filters,
    chart: {
      name: `comparison-${metric.name}`,
      label: `${metric.title} of ${members.length} contenders; the table below has the numbers.`,
      actions: [...filters, ...dots.map(({ uuid }): Action => ({ kind: 'run', uuid }))],
      spec: (width) => {
        const rows = members.map((member, place) => rowOf(member, place, metric));
        const marked = dots.map((dot, i) => ({ ...dot, mark: members.length + i }));
        const labels = rowLabels(
          members.map((member, i) => [nameOf(member), rows[i]?.words ?? '']),
          width,
        );
        return layered(barLayers(rows, marked, axisTitle(metric), labels.expression), width, { step: labels.step });
      },
    },
  };
}

interface Dot {
  readonly place: number;
  readonly x: number;
  readonly uuid: string;
  readonly tip: string;
}

/** Dots closer than this part of the widest value lie on one another. */
const dotShare = 1 / 200;

function dotsOf({ runs }: Member, place: number, metric: Metric): Dot[] {
  const most = Math.max(...samplesOf(runs, metric));
  const seen = new Set<number>();
  return runs.flatMap((run) => {
    const value = run[metric.name];
    if (value === null) return [];
    const x = value / metric.divisor;
    const bin = Math.round(x / (most * dotShare));
    if (seen.has(bin)) return [];
    seen.add(bin);
    const words = [`Run of ${(run.started_at ?? '').slice(0, 16).replace('T', ' ')}`, figureText(x, metric.unit)];
    return [{ place, x, uuid: run.uuid ?? '', tip: [...words, 'Click: its tokens'].join('\n') }];
  });
}

function rowOf(member: Member, place: number, metric: Metric): Bar {
  const summary = summaryOf(member.runs, metric);
  const color = frameworkColor(member.framework);
  const center = summary?.center ?? 0;
  const value = figureText(center, metric.unit);
  const interval = summary?.interval ?? null;
  const words = interval === null ? '' : ` (95 %: ${significant(interval.low)} to ${significant(interval.high)})`;
  return {
    place,
    center,
    low: interval?.low ?? center,
    high: interval?.high ?? center,
    fill: isRanked(member) ? color : paper,
    stroke: color,
    words: value,
    mark: place,
    tip: [nameOf(member), `${value}${words}`, 'Click: only this framework'].join('\n'),
  };
}
