import { groupName, isToy, memberName } from '../../data/groups.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { isRanked, whyNotRanked } from '../../data/standing.ts';
import { warningCodes } from '../../data/warning-codes.ts';
import { type Block, type Section, text } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { count, left, right, words } from '../table.ts';

/** What makes the numbers doubtful, said aloud: what the runs themselves warned of, and what the tables show. */
export function warnings({ data }: ReportInput): Section | null {
  if (data.runs.length === 0) return null;
  const doubts = [
    ...notRanked(data),
    ...withoutRate(data),
    ...synthetic(data),
    ...toys(data),
    ...notWarm(data),
    ...fewRuns(data),
  ];
  const codes = warningCodes(data.runs);
  const blocks: Block[] = [];
  if (doubts.length > 0) blocks.push({ kind: 'list', items: doubts });
  if (codes.length > 0) {
    blocks.push({
      kind: 'table',
      caption: 'Warnings in the raw logs',
      columns: [left('Warning'), left('Workload'), right('Runs'), left('Frameworks')],
      rows: codes.map(({ code, workloads, runs, frameworks }) => [
        words(code),
        words(workloads.join(', ')),
        count(runs),
        words(frameworks.join(', ')),
      ]),
    });
  }
  return {
    id: 'warnings',
    title: 'Warnings',
    blocks: blocks.length > 0 ? blocks : [text('No run warned of anything.')],
  };
}

function notRanked({ groups }: PlotData): string[] {
  return groups.flatMap((group) =>
    group.members
      .filter((member) => !isRanked(member))
      .map(
        (member) =>
          `${memberName(member)} on ${groupName(group)}: ${whyNotRanked(member)}. It is shown hollow and not ranked.`,
      ),
  );
}

/** Completed, and in no chart of rates: that is said. */
function withoutRate({ runs }: PlotData): string[] {
  const silent = runs.filter(
    (run) => run.status === 'completed' && run.workload === 'qa' && run.decode_tokens_per_s === null,
  );
  if (silent.length === 0) return [];
  const frameworks = [...new Set(silent.flatMap(({ framework }) => framework ?? []))].sort();
  return [
    `${silent.length} completed ${silent.length === 1 ? 'run has' : 'runs have'} no decode rate (${frameworks.join(', ')}): the text came in too few pieces to tell one, or the answers are too short. They are in no comparison of decode rates.`,
  ];
}

function synthetic({ groups }: PlotData): string[] {
  const models = [...new Set(groups.filter((group) => group.synthetic).map((group) => group.model))];
  if (models.length === 0) return [];
  return [
    `${models.join(', ')}: synthetic (random) weights. The speed is real, the text is noise, and its quality says nothing.`,
  ];
}

/** Models of which a run said so. */
function toys({ groups }: PlotData): string[] {
  const models = [...new Set(groups.filter(isToy).map((group) => group.model))];
  if (models.length === 0) return [];
  return [
    `${models.join(', ')}: so few weights that the cost of each step weighs as much as they do. The rates rank overheads, and say little of larger models.`,
  ];
}

function notWarm({ groups }: PlotData): string[] {
  return groups.flatMap((group) =>
    group.members.flatMap((member) => {
      const cold = member.runs.filter((run) => run.not_warm === true);
      if (cold.length === 0) return [];
      const changes = cold.flatMap((run) => (run.drift === null ? [] : Math.abs(run.drift)));
      const most = changes.length === 0 ? '' : `, by up to ${(Math.max(...changes) * 100).toFixed(0)} %`;
      return `${memberName(member)} on ${groupName(group)}: not warm. ${cold.length} of ${member.runs.length} runs still became faster while they were measured${most}; their rates are too low. Give it more with --warmup N.`;
    }),
  );
}

function fewRuns({ groups }: PlotData): string[] {
  const few = groups.flatMap((group) => group.members.filter((member) => member.runs.length < 3));
  if (few.length === 0) return [];
  return [
    `${few.length} of ${groups.flatMap((group) => group.members).length} results have fewer than three runs, so they have no interval.`,
  ];
}
