/** What did not fit on the first page: every figure, every contender, every host and group, and how to get more. */
import { significant } from '../../../scripts/command-line/format.ts';
import { fewestForInterval } from '../../../scripts/statistics/statistics.ts';
import { fewestForVerdict } from '../../../scripts/statistics/verdict.ts';
import { mostContenders } from '../../charts/answer.ts';
import { placements, placeName } from '../../data/coverage.ts';
import { type Group, isRanked, memberName, membersIn, rankedBy } from '../../data/groups.ts';
import { mainGroup, ofSpeed } from '../../data/main-group.ts';
import { summaryOf } from '../../data/metric.ts';
import { nextCommands } from '../../data/next-commands.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { decodeFigure, leadingFigure, overNext, overSlowest } from '../../data/verdicts.ts';
import { type Block, commands, list, type Table, text } from '../document.ts';
import type { Part } from '../section.ts';
import { figure, left, placeFields, right, tableOf, withoutConstants } from '../table.ts';
import { quantizationAnswer } from './answer-sentences.ts';
import { bestByFigure, contenders, intervalWords } from './choice.ts';

export const answerInFull: Part = {
  id: 'answer-in-full',
  title: 'The answer in full',
  blocks({ data }) {
    const main = mainGroup(data.groups);
    if (main === undefined) return [];
    const isVerdict = overNext(main, leadingFigure(main)) !== null;
    const quantization = isVerdict ? quantizationAnswer(data.groups, main) : null;
    const groups = ofSpeed(data.groups);
    const contested = groups.some((group) => overNext(group) !== null);
    return [
      ...(quantization === null ? [] : [text(`${quantization.sentence} ${quantization.figures}`)]),
      ...(isVerdict ? [bestByFigure(main)] : []),
      ...(main.members.length > mostContenders ? [contenders(main)] : []),
      ...list(hostSentences(data), 'The same on several hosts:'),
      ...(groups.length > 1 && contested ? [everyGroup(groups)] : []),
      ...moreRuns(data, groups),
    ];
  },
};

/** Who is fastest in every group, with what is known of the lead. */
function everyGroup(groups: readonly Group[]): Table {
  const rows = groups.map((group) => ({
    group,
    first: rankedBy(group, decodeFigure.metric, 'higher')[0],
    verdict: overNext(group),
  }));
  return withoutConstants(
    tableOf('The fastest in every group, by decode rate', rows, [
      ...placeFields,
      [left('Fastest'), ({ first }) => (first === undefined ? 'none is ranked' : memberName(first.member))],
      [right('Decode rate', 'tokens/s'), ({ first }) => figure(first?.value ?? null)],
      [right('Over the next', '×'), ({ verdict }) => figure(verdict?.ratio ?? null)],
      [right('95 % interval', '×'), ({ verdict }) => intervalWords(verdict?.interval ?? null, '')],
      [left('Verdict'), ({ verdict }) => verdict?.decision ?? 'no other framework'],
    ]),
  );
}

function moreRuns(data: PlotData, groups: readonly Group[]): Block[] {
  const members = membersIn(groups);
  const undecided = groups.flatMap(overSlowest).filter(({ decision }) => decision === 'too few runs');
  if (undecided.length === 0 && members.every(({ member }) => member.runs.length >= fewestForInterval)) return [];
  const needed = Math.max(fewestForVerdict, ...undecided.map(({ roundsNeeded }) => roundsNeeded ?? 0));
  const runs = members.flatMap(({ member }) => member.runs);
  return [
    text(`An interval needs three runs of each, a verdict here ${needed}. This command measures as many:`),
    commands(nextCommands(data).moreRuns(needed, runs)),
  ];
}

/** The same framework on several hosts, one sentence each: hosts are compared and never pooled. */
export function hostSentences(data: Pick<PlotData, 'groups'>): string[] {
  const all = placements(data).flatMap(({ framework, setting, model, weightClass, places }) => {
    const ranked = places
      .filter(({ member }) => isRanked(member))
      .map((place) => ({ place, rate: summaryOf(place.member.runs, decodeFigure.metric) }))
      .flatMap(({ place, rate }) => (rate === null ? [] : [{ place, rate }]))
      .sort((a, b) => b.rate.center - a.rate.center);
    const [first, ...others] = ranked;
    const hosts = new Set(ranked.map(({ place }) => place.group.hostname));
    if (first === undefined || hosts.size < 2) return [];
    const rates = ranked.map(
      ({ place, rate }) =>
        `${significant(rate.center)} ${decodeFigure.metric.unit} on ${placeName(place)}${rate.interval === null ? '' : ` (${intervalWords(rate.interval, '')})`}`,
    );
    const last = others.at(-1) ?? first;
    const name = [framework, setting].filter((part) => part !== '').join(' · ');
    return `${name}, ${model}, ${weightClass}: decodes ${rates.join(', ')}; the first is ${significant(first.rate.center / last.rate.center)}× the last. Hosts were measured at different times.`;
  });
  const more = all.length - mostHostSentences;
  return [
    ...all.slice(0, mostHostSentences),
    ...(more > 0 ? [`${more} more frameworks and weight classes: their rates are in the tables of "Speed".`] : []),
  ];
}

/** More would bury what follows. */
const mostHostSentences = 8;
