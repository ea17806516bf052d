/** The first thing a reader sees: who is fastest, by how much, how sure that is, and where it holds. */
import { samplesOf } from '../../../collate/analysis/measures.ts';
import { driftText } from '../../../scripts/log/statistics-text.ts';
import { notable, sessionDrifts } from '../../../scripts/statistics/session-drift.ts';
import { fewestForVerdict } from '../../../scripts/statistics/verdict.ts';
import { mostContenders } from '../../charts/answer.ts';
import { mainGroup } from '../../charts/scope.ts';
import {
  className,
  classWords,
  type Group,
  isRanked,
  isToy,
  markOf,
  memberName,
  modelName,
  rankedBy,
} from '../../data/groups.ts';
import { metricOf } from '../../data/metric.ts';
import { fasterBuilds, nextCommands } from '../../data/next-commands.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { failureCounts } from '../../data/run-quality.ts';
import { leadingFigure, overNext, overSlowest, type Verdict } from '../../data/verdicts.ts';
import { answer, type Block, note, type Section, type Table, text, warning } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';
import { figure, left, right, withoutConstants, words } from '../table.ts';
import { type Answer, frameworkAnswer, intervalWords, quantizationAnswer, singleAnswer } from './answer-sentences.ts';
import { bestByFigure, contenders, hostSentences, lengthsOf, termsOf } from './choice.ts';
import { loadSentences } from './under-load.ts';

const decodeRate = metricOf('decode_tokens_per_s');

/** A page by itself: the answer, how sure it is, a chart, a table, what was left out, and on what terms it holds. */
export function opening(input: ReportInput): Section {
  const main = mainGroup(input.data.groups);
  return {
    id: 'answer',
    title: 'The answer',
    blocks: main === undefined ? nothingToSay(input.data) : firstPage(input, main),
  };
}

/** What the first page answers for the group that it is about. */
export function leadingAnswer(groups: readonly Group[], main: Group): Answer {
  const leading = leadingFigure(main);
  const verdict = overNext(main, leading);
  return verdict === null
    ? (quantizationAnswer(groups, main) ?? singleAnswer(main))
    : frameworkAnswer(main, verdict, leading, lengthsOf(main));
}

function firstPage(input: ReportInput, main: Group): Block[] {
  const { data } = input;
  const verdict = overNext(main, leadingFigure(main));
  const { sentence, figures } = leadingAnswer(data.groups, main);
  return [
    answer(sentence),
    ...(figures === '' ? [] : [text(figures)]),
    // The plain "faster" is said in the answer; a doubt or what is missing is not.
    ...(verdict === null || answerSays(verdict) ? [] : [text(`The verdict in full: ${verdict.sentence}.`)]),
    ...understated(main),
    ...drifted(main),
    ...caveats(data, main),
    ...pictureOf(input),
    ...(main.members.length > 1 ? [contenders(main, mostContenders)] : []),
    ...leftOut(data, main),
    note(termsOf(main)),
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
function leftOut({ groups, runs, notRun }: PlotData, main: Group): Block[] {
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
  return parts.length === 0 ? [text('Nothing was left out.')] : [text(`Left out here: ${parts.join('; ')}.`)];
}

const mostNames = 6;

function namesOf(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What did not fit on the first page: every figure, every contender, every host and group, and how to get more. */
export function answerInFull({ data }: ReportInput): Section | null {
  const main = mainGroup(data.groups);
  if (main === undefined) return null;
  const isVerdict = overNext(main, leadingFigure(main)) !== null;
  const quantization = isVerdict ? quantizationAnswer(data.groups, main) : null;
  const hosts = hostSentences(data);
  const contested = data.groups.some((group) => overNext(group) !== null);
  const blocks: Block[] = [
    ...(quantization === null ? [] : [text(`${quantization.sentence} ${quantization.figures}`)]),
    ...(isVerdict ? [bestByFigure(main)] : []),
    ...(main.members.length > mostContenders ? [contenders(main)] : []),
    ...(hosts.length > 0 ? [text('The same on several hosts:'), { kind: 'list' as const, items: hosts }] : []),
    ...(data.groups.length > 1 && contested ? [everyGroup(data.groups)] : []),
    ...moreRuns(data),
  ];
  return blocks.length === 0 ? null : { id: 'answer-in-full', title: 'The answer in full', blocks };
}

function nothingToSay(data: PlotData): Block[] {
  const { runs, kernelRuns, loadSeries, accuracy } = data;
  const { measure } = nextCommands(data);
  if (loadSeries.length > 0) {
    const [only, ...others] = loadSentences(loadSeries);
    return [
      answer(
        only !== undefined && others.length === 0
          ? only
          : 'Servers were tested under load and nothing else was measured: the results are under "Under load".',
      ),
      text('A comparison of frameworks needs the question workload:'),
      { kind: 'commands', lines: [measure] },
    ];
  }
  if (kernelRuns.length > 0) {
    return [
      answer('Only the kernel workload was measured; its rates are in the table below.'),
      text('End-to-end answers, latency and quality need the question workload:'),
      { kind: 'commands', lines: [measure] },
    ];
  }
  if (accuracy.length > 0) {
    return [
      answer('Accuracy was measured, but not speed: the scores are under "Accuracy".'),
      text('Decode rates beside it, with intervals, need the question workload:'),
      { kind: 'commands', lines: [measure] },
    ];
  }
  return [
    answer(
      runs.length === 0
        ? 'There are no runs yet.'
        : `None of the ${runs.length} runs completed. They are listed below with the reasons.`,
    ),
    { kind: 'commands', lines: [measure] },
  ];
}

/** Who is fastest in every group, with what is known of the lead. */
function everyGroup(groups: readonly Group[]): Table {
  return withoutConstants({
    kind: 'table',
    caption: 'The fastest in every group, by decode rate',
    columns: [
      ...['Host', 'Device', 'Model', 'Weight class', 'Fastest'].map(left),
      right('Decode rate', 'tokens/s'),
      right('Over the next', '×'),
      right('95 % interval', '×'),
      left('Verdict'),
    ],
    rows: groups.map((group) => {
      const [first] = rankedBy(group, decodeRate, 'higher');
      const verdict = overNext(group);
      return [
        words(group.hostname),
        words(group.device),
        words(modelName(group)),
        words(className(group)),
        words(first === undefined ? 'none is ranked' : memberName(first.member)),
        figure(first?.value ?? null),
        figure(verdict?.ratio ?? null),
        words(verdict === null ? '–' : intervalWords(verdict.interval, '')),
        words(verdict === null ? 'no other framework' : verdict.decision),
      ];
    }),
  });
}

/** A rank of builds made for many machines is none of frameworks at their best. */
function understated(main: Group): Block[] {
  const builds = fasterBuilds(main);
  if (builds.length === 0) return [];
  const names = builds.map(({ framework }) => framework).join(', ');
  return [
    warning(
      `Measured with a prebuilt library: ${names}. A build for this processor can be faster. Build it with this command, then measure again:`,
    ),
    { kind: 'commands', lines: builds.map(({ command }) => command) },
  ];
}

/** Said where it is told who is faster, for a reader asks what a machine that slows down makes of that. */
function drifted({ members }: Group): Block[] {
  const drifts = sessionDrifts(members.map(({ runs }) => samplesOf(runs, { column: 'decode_tokens_per_s' })));
  return notable(drifts).map((drift) => warning(driftText(drift, 'decode rates')));
}

function noisyRuns({ members }: Group): Block[] {
  const runs = members.flatMap((member) => member.runs);
  const noisy = runs.filter((run) => run.certificate === 'failed');
  return noisy.length === 0
    ? []
    : [
        warning(
          `${noisy.length} of the ${runs.length} runs behind this failed their certificate: ${failureCounts(noisy)}. The section "Run certificate" has them one by one.`,
        ),
      ];
}

function caveats(data: PlotData, main: Group): Block[] {
  const unequal = data.groups.flatMap(failedParity);
  const unchecked = main.members.filter((member) => member.comparable && member.parity.state === 'unchecked');
  return [
    ...(unequal.length > 0
      ? [warning(`Failed parity, and not ranked: ${namesOf(unequal)}. The section "Parity" says why.`)]
      : []),
    ...(unchecked.length > 0 && main.members.length > 1
      ? [
          note(
            `No parity run covers ${namesOf(unchecked.map(memberName))}: the hashes of the outputs are compared instead.`,
          ),
        ]
      : []),
    ...(main.synthetic
      ? [warning(`${main.model} has synthetic (random) weights: its speed is real, its text is noise.`)]
      : []),
    ...(isToy(main)
      ? [
          warning(
            `${main.model} has so few weights that its rates rank the overhead of each step and say little about larger models.`,
          ),
        ]
      : []),
    ...noisyRuns(main),
  ];
}

/** Name and weight class of each. */
function failedParity(group: Group): string[] {
  return group.members
    .filter((member) => member.parity.state === 'failed')
    .map((member) => `${memberName(member)} in ${classWords(group)}`);
}

function runsOf(groups: readonly Group[]) {
  return groups.flatMap(({ members }) => members.flatMap(({ runs }) => runs));
}

function moreRuns(data: PlotData): Block[] {
  const { groups } = data;
  const undecided = groups.flatMap((group) => overSlowest(group).filter(({ decision }) => decision === 'too few runs'));
  const withoutInterval = groups.some((group) => group.members.some((member) => member.runs.length < 3));
  if (undecided.length === 0 && !withoutInterval) return [];
  const needed = Math.max(fewestForVerdict, ...undecided.map(({ roundsNeeded }) => roundsNeeded ?? 0));
  return [
    text(`An interval needs three runs of each, a verdict here ${needed}. This command measures as many:`),
    { kind: 'commands', lines: [nextCommands(data).moreRuns(needed, runsOf(groups))] },
  ];
}
