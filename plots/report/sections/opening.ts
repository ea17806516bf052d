/** The first thing a reader sees: who is fastest, by how much, how sure that is, and where it holds. */
import { longAnswerTokens } from '../../../scripts/results/figures/long-answer.ts';
import { mostContenders } from '../../charts/answer.ts';
import { type Group, isRanked, markOf, memberName, titleName } from '../../data/groups.ts';
import { longAnswerFormula, longAnswerSentence } from '../../data/long-answer.ts';
import { mainGroup } from '../../data/main-group.ts';
import { nextCommands } from '../../data/next-commands.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { leadingFigure, overNext, type Verdict } from '../../data/verdicts.ts';
import { answer, type Block, commands, note, text } from '../document.ts';
import { chartBlocks, type Part, type ReportInput } from '../section.ts';
import { type Answer, frameworkAnswer, quantizationAnswer, singleAnswer } from './answer-sentences.ts';
import { contenders, machineOf, termsOf } from './choice.ts';
import { loadSentences } from './under-load.ts';
import { namesOf, warningsAbout } from './warnings.ts';

/** A page by itself: the answer, how sure it is, what it means for who waits, on which machine, a chart, a table, what was left out, and on what terms it holds. */
export const opening: Part = {
  id: 'answer',
  title: 'The answer',
  blocks(input) {
    const main = mainGroup(input.data.groups);
    return main === undefined ? nothingToSay(input.data) : firstPage(input, main);
  },
};

/** What the first page answers for the group that it is about. */
export function leadingAnswer(groups: readonly Group[], main: Group): Answer {
  const leading = leadingFigure(main);
  const verdict = overNext(main, leading);
  return verdict === null
    ? (quantizationAnswer(groups, main) ?? singleAnswer(main))
    : frameworkAnswer(main, verdict, leading);
}

function firstPage(input: ReportInput, main: Group): Block[] {
  const { data } = input;
  const verdict = overNext(main, leadingFigure(main));
  const { sentence, figures } = leadingAnswer(data.groups, main);
  const wait = longAnswerSentence(main, (member) => titleName(member, main));
  return [
    answer(sentence),
    ...(figures === '' ? [] : [text(figures)]),
    text([wait, machineOf(main)].filter((words) => words !== null).join(' ')),
    // The plain "faster" is said in the answer; a doubt or what is missing is not.
    ...(verdict === null || answerSays(verdict) ? [] : [text(`The verdict in full: ${verdict.sentence}.`)]),
    ...warningsAbout(main, data.groups),
    ...pictureOf(input),
    ...(main.members.length > 1 ? [contenders(main, mostContenders)] : []),
    leftOut(data, main),
    note(
      [...(wait === null ? [] : [`The ${longAnswerTokens}-token answer: ${longAnswerFormula}`]), termsOf(main)].join(
        ' ',
      ),
    ),
  ];
}

function answerSays({ sentence, decision, smallestDetectable }: Verdict): boolean {
  return sentence === 'faster' || sentence === `${decision}; the smallest detectable here is ${smallestDetectable}`;
}

/** The first of these that has something to draw; its table is where the chart has its place. */
function pictureOf(input: ReportInput): Block[] {
  return (
    ['answer', 'quantization_impact', 'summary_stats']
      .map((name) => chartBlocks(input, name).filter(({ kind }) => kind === 'figure'))
      .find((blocks) => blocks.length > 0) ?? []
  );
}

/** What a reader of the first page does not see, and where it is. */
function leftOut({ groups, runs, notRun }: PlotData, main: Group): Block {
  const unranked = main.members.filter((member) => !isRanked(member));
  const more = main.members.length - mostContenders;
  const others = groups.length - 1;
  const parts = [
    ...(unranked.length === 0
      ? []
      : [`not ranked: ${namesOf(unranked.map((member) => `${memberName(member)} (${markOf(member)})`))}`]),
    ...(more > 0 ? [`${more} more contenders, in the next section`] : []),
    ...(others > 0
      ? [
          `${others} more ${others === 1 ? 'group' : 'groups'} of host, device, model and weight class, in the next section`,
        ]
      : []),
    ...(notRun.length > 0
      ? [`${notRun.length} of ${runs.length} runs, which did not complete and are under "What did not run"`]
      : []),
  ];
  return text(parts.length === 0 ? 'Nothing was left out.' : `Left out here: ${parts.join('; ')}.`);
}

function nothingToSay(data: PlotData): Block[] {
  const [sentence, more] = withoutComparison(data);
  return [answer(sentence), ...(more === null ? [] : [text(more)]), commands(nextCommands(data).measure)];
}

/** What was measured instead of the question workload, and what only that workload tells. */
function withoutComparison({ runs, kernelRuns, loadSeries, accuracy }: PlotData): [string, string | null] {
  if (loadSeries.length > 0) {
    const [only, ...others] = loadSentences(loadSeries);
    return [
      only !== undefined && others.length === 0
        ? only
        : 'Servers were tested under load and nothing else was measured: the results are under "Under load".',
      'A comparison of frameworks needs the question workload:',
    ];
  }
  if (kernelRuns.length > 0) {
    return [
      'Only the kernel workload was measured; its rates are in the table below.',
      'End-to-end answers, latency and quality need the question workload:',
    ];
  }
  if (accuracy.length > 0) {
    return [
      'Accuracy was measured, but not speed: the scores are under "Accuracy".',
      'Decode rates beside it, with intervals, need the question workload:',
    ];
  }
  if (runs.length === 0) return ['There are no runs yet.', null];
  return [`None of the ${runs.length} runs completed. They are listed below with the reasons.`, null];
}
