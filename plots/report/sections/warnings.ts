/** What makes the figures doubtful, said aloud: on the first page of what it shows, and in a section for all results. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { samplesOf } from '../../../collate/analysis/measures.ts';
import { driftText } from '../../../scripts/log/statistics-text.ts';
import { notable, sessionDrifts } from '../../../scripts/statistics/session-drift.ts';
import { fewestForInterval } from '../../../scripts/statistics/statistics.ts';
import {
  classWords,
  type Group,
  groupName,
  isRanked,
  isToy,
  memberName,
  membersIn,
  whyNotRanked,
} from '../../data/groups.ts';
import { fasterBuilds } from '../../data/next-commands.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { failureCounts, warningCodes } from '../../data/run-quality.ts';
import { type Block, commands, list, note, text, warning } from '../document.ts';
import type { Part } from '../section.ts';
import { count, left, right, tableIfAny } from '../table.ts';

/** What a reader of the first page has to know to trust it. */
export function warningsAbout(main: Group, groups: readonly Group[]): Block[] {
  const { members, model } = main;
  const builds = fasterBuilds(main);
  // Said beside who is faster, for a reader asks what a machine that slows down makes of that.
  const drifts = notable(sessionDrifts(members.map(({ runs }) => samplesOf(runs, { column: 'decode_tokens_per_s' }))));
  const unequal = membersIn(groups).filter(({ member }) => member.parity.state === 'failed');
  const unchecked = members.filter((member) => member.comparable && member.parity.state === 'unchecked');
  const runs = members.flatMap((member) => member.runs);
  const failed = runs.filter((run) => run.certificate === 'failed');
  return [
    // A ranking of builds made for many machines does not rank frameworks at their best.
    ...when(
      builds.length > 0,
      warning(
        `Measured with a prebuilt library: ${builds.map(({ title }) => title).join(', ')}. A build for this processor can be faster. Build it with this command, then measure again:`,
      ),
      commands(...builds.map(({ command }) => command)),
    ),
    ...drifts.map((drift) => warning(driftText(drift, 'decode rates'))),
    ...when(
      unequal.length > 0,
      warning(
        `Failed parity, and not ranked: ${namesOf(unequal.map(({ group, member }) => `${memberName(member)} in ${classWords(group)}`))}. The section "Parity" says why.`,
      ),
    ),
    ...when(
      unchecked.length > 0 && members.length > 1,
      note(
        `No parity run covers ${namesOf(unchecked.map(memberName))}: the hashes of the outputs are compared instead.`,
      ),
    ),
    ...when(main.synthetic, warning(`${model} has synthetic (random) weights: its speed is real, its text is noise.`)),
    ...when(
      isToy(main),
      warning(
        `${model} has so few weights that its rates rank the overhead of each step and say little about larger models.`,
      ),
    ),
    ...when(
      failed.length > 0,
      warning(
        `${failed.length} of the ${runs.length} runs behind this failed their quality checks: ${failureCounts(failed)}. The section "Run quality" lists them one by one.`,
      ),
    ),
  ];
}

const when = (isSo: boolean, ...blocks: readonly Block[]) => (isSo ? blocks : []);

const mostNames = 6;

export function namesOf(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export const warnings: Part = {
  id: 'warnings',
  title: 'Warnings',
  blocks({ data }) {
    if (data.runs.length === 0) return [];
    const blocks = [
      ...list(doubts(data)),
      ...tableIfAny('Warnings in the raw logs', warningCodes(data.runs), [
        [left('Warning'), ({ code }) => code],
        [left('Workload'), ({ workloads }) => workloads.join(', ')],
        [right('Runs'), ({ runs }) => count(runs)],
        [left('Frameworks'), ({ frameworks }) => frameworks.map(data.titleOf).join(', ')],
      ]),
    ];
    return blocks.length > 0 ? blocks : [text('No run reported a warning.')];
  },
};

function doubts({ groups, runs }: PlotData): string[] {
  const members = membersIn(groups);
  const synthetic = modelsOf(groups.filter((group) => group.synthetic));
  const toys = modelsOf(groups.filter(isToy));
  const few = members.filter(({ member }) => member.runs.length < fewestForInterval).length;
  // Completed, and in no chart of rates.
  const silent = runs.filter(
    (run) => run.status === 'completed' && run.workload === 'qa' && run.decode_tokens_per_s === null,
  );
  const sentences: Array<string | false> = [
    ...members.map(
      ({ group, member }) =>
        !isRanked(member) &&
        `${memberName(member)} on ${groupName(group)}: ${whyNotRanked(member)}. It is shown hollow and not ranked.`,
    ),
    silent.length > 0 &&
      `${silent.length} completed ${silent.length === 1 ? 'run has' : 'runs have'} no decode rate (${[...new Set(silent.map(frameworkTitle))].sort().join(', ')}): the text arrived in too few pieces to compute one, or the answers are too short. They are in no comparison of decode rates.`,
    synthetic !== '' &&
      `${synthetic}: synthetic (random) weights. The speed is real, the text is noise, and its quality says nothing.`,
    toys !== '' &&
      `${toys}: so few weights that the overhead of each step dominates. The rates rank overheads and say little about larger models.`,
    ...members.map(({ group, member }) => {
      const cold = member.runs.filter((run) => run.not_warm === true);
      if (cold.length === 0) return false;
      const changes = cold.flatMap((run) => (run.drift === null ? [] : Math.abs(run.drift)));
      const most = changes.length === 0 ? '' : `, by up to ${(Math.max(...changes) * 100).toFixed(0)} %`;
      return `${memberName(member)} on ${groupName(group)}: not warm. ${cold.length} of ${member.runs.length} runs still became faster while they were measured${most}; their rates are too low. Raise --warmup N.`;
    }),
    few > 0 && `${few} of ${members.length} results have fewer than three runs, so they have no interval.`,
  ];
  return sentences.filter((sentence) => sentence !== false);
}

function modelsOf(groups: readonly Group[]): string {
  return [...new Set(groups.map((group) => group.model))].join(', ');
}
