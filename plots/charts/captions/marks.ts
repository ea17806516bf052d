/**
 * The small print of a chart: what was measured where, how often, and what the marks mean. The first two lines of it stand
 * under the title, the rest under the picture.
 */
import { implementationWords } from '../../../collate/analysis/group-names.ts';
import { failureCounts } from '../../data/failed-checks.ts';
import { type Group, groupName, memberName, modelName } from '../../data/groups.ts';
import { type Metric, outlierValues } from '../../data/metric.ts';
import { markOf } from '../../data/standing.ts';

export interface ShownGroups {
  readonly shown: readonly Group[];
  /** Groups left to the table. */
  readonly left: number;
}

/** What a picture may take of a page, pixels: more would be set too small on paper. */
const tallest = 1150;
/** Title and axis of a panel. */
const aroundPanel = 95;

/** How a chart stacks its panels. */
export interface Stack {
  /** Pixels of a row. */
  readonly rowHeight: number;
  /** Panels beside each other, where there are so many. */
  readonly across: (count: number) => number;
}

/** The groups with most to compare, the latest of those that have as much, in their own order. */
export function chooseGroups(groups: readonly Group[], most: number, stack?: Stack): ShownGroups {
  const weight = (group: Group) =>
    group.members.length * 1e6 + group.members.reduce((sum, member) => sum + member.runs.length, 0);
  const latest = ({ members }: Group) =>
    members
      .flatMap(({ runs }) => runs.map((run) => run.started_at ?? ''))
      .sort()
      .at(-1) ?? '';
  const inOrder = groups.toSorted((a, b) => weight(b) - weight(a) || latest(b).localeCompare(latest(a), 'en'));
  const fitting = (count: number) => {
    const first = new Set(inOrder.slice(0, count));
    return (
      stack === undefined ||
      heightOf(
        groups.filter((group) => first.has(group)),
        stack,
      ) <= tallest
    );
  };
  const counts = Array.from({ length: Math.min(most, groups.length) }, (_, i) => i + 1);
  const kept = new Set(inOrder.slice(0, counts.findLast(fitting) ?? 1));
  return { shown: groups.filter((group) => kept.has(group)), left: groups.length - kept.size };
}

function heightOf(groups: readonly Group[], { rowHeight, across }: Stack): number {
  const beside = across(groups.length);
  const lines = Array.from({ length: Math.ceil(groups.length / beside) }, (_, i) =>
    groups.slice(i * beside, (i + 1) * beside),
  );
  return lines.reduce(
    (sum, line) => sum + aroundPanel + rowHeight * Math.max(...line.map(({ members }) => members.length)),
    0,
  );
}

/** @param runs how many runs stand behind a result */
export function scopeLines({ shown }: ShownGroups, runs = runsPerMember(shown)): string[] {
  const [first] = shown;
  if (first !== undefined && shown.length === 1) return [`${groupName(first)} · ${runs}`];
  return [`${partsOf(shown)}, never pooled. ${capital(runs)}.`];
}

/** What the picture has no room for. */
export function leftLines({ left }: ShownGroups): string[] {
  return left === 0 ? [] : [`${left} more ${left === 1 ? 'group is' : 'groups are'} in the table of the report.`];
}

/** `2 hosts, 3 weight classes`. */
function partsOf(groups: readonly Group[]): string {
  const parts = [
    countOf(
      groups.map((group) => group.hostname),
      'host',
      'hosts',
    ),
    countOf(
      groups.map((group) => group.device),
      'device',
      'devices',
    ),
    countOf(groups.map(modelName), 'model', 'models'),
    countOf(
      groups.map((group) => group.weightClass),
      'weight class',
      'weight classes',
    ),
  ];
  return parts.join(', ');
}

/** The name itself where there is one, else how many there are. */
function countOf(values: readonly string[], one: string, many: string): string {
  const different = [...new Set(values)];
  return different.length === 1 ? `${one} ${different[0]}` : `${different.length} ${many}`;
}

export function runsPerMember(groups: readonly Group[]): string {
  const counts = groups.flatMap((group) => group.members.map((member) => member.runs.length));
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  if (least !== most) return `${least} to ${most} runs each`;
  if (counts.length === 1) return most === 1 ? 'one run' : `${most} runs`;
  return most === 1 ? 'one run each' : `${most} runs each`;
}

/** What bars, lines and points mean, and what makes some of them doubtful. */
export function markLines(groups: readonly Group[], metrics: readonly Metric[] = []): string[] {
  return [...keyLines(groups, metrics), ...unlikeLines(groups), ...certificateLines(groups), ...coldLines(groups)];
}

/** What the marks mean; says plainly when there are too few runs for an interval. */
export function keyLines(groups: readonly Group[], metrics: readonly Metric[] = []): string[] {
  const most = Math.max(0, ...groups.flatMap((group) => group.members.map((member) => member.runs.length)));
  const hasOutliers = groups.some((group) =>
    group.members.some(({ runs }) => metrics.some((metric) => outlierValues(runs, metric).length > 0)),
  );
  const outliers = hasOutliers ? ['Cross: an outlier (modified z above 3.5), kept in the mean.'] : [];
  return [runsSentence(most), ...outliers, ...hollowLines(groups)];
}

function runsSentence(most: number): string {
  if (most <= 1) return 'Bars: the one run there is. A single run has no interval.';
  if (most === 2) return 'Bars: geometric mean over runs. Points: single runs. An interval needs three runs.';
  return 'Bars: geometric mean over runs. Line: 95 % interval (t on logarithms). Points: single runs.';
}

/** Build, flash attention and the like of contenders that are not alike in it; arithmetic stands in their labels. */
function unlikeLines(groups: readonly Group[]): string[] {
  const said = groups.flatMap(({ members }) => {
    const runs = members.map((member) => member.runs[0]).filter((run) => run !== undefined);
    return members.flatMap((member) => {
      const [run] = member.runs;
      const words = run === undefined ? [] : implementationWords(run, runs);
      return words.length === 0 ? [] : [`${member.framework} ${words.join(', ')}`];
    });
  });
  return said.length === 0 ? [] : [`Not alike: ${[...new Set(said)].join('; ')}.`];
}

/** Who is hollow and why, a line a reason. */
export function hollowLines(groups: readonly Group[]): string[] {
  const members = groups.flatMap((group) => group.members);
  const namesOf = (mark: ReturnType<typeof markOf>) => [
    ...new Set(members.filter((member) => markOf(member) === mark).map(memberName)),
  ];
  const notComparable = namesOf('not comparable');
  const failed = namesOf('failed parity');
  const unequal = members.filter((member) => markOf(member) === 'other conditions');
  return [
    ...(notComparable.length === 0
      ? []
      : [
          `Hollow: not comparable (software device, fallback or broken invariant), not ranked: ${notComparable.join(', ')}.`,
        ]),
    ...(failed.length === 0 ? [] : [`Hollow: failed parity, not ranked: ${failed.join(', ')}.`]),
    ...(unequal.length === 0
      ? []
      : [
          `Hollow: measured under other conditions than what is ranked: ${[...new Set(unequal.map((member) => `${memberName(member)} (${member.unequal})`))].join(', ')}.`,
        ]),
  ];
}

/** Runs that failed their certificate stay in the mean; whoever reads it should know how many, and why. */
function certificateLines(groups: readonly Group[]): string[] {
  const failures = groups
    .flatMap((group) => group.members)
    .map((member) => ({ member, failed: member.runs.filter((run) => run.certificate === 'failed') }))
    .filter(({ failed }) => failed.length > 0);
  if (failures.length === 0) return [];
  const failed = failures.flatMap((each) => each.failed);
  const members = groups.flatMap((group) => group.members);
  const all = members.reduce((sum, member) => sum + member.runs.length, 0);
  const names =
    failures.length === members.length
      ? 'some of each result'
      : [...new Set(failures.map(({ member }) => memberName(member)))].join(', ');
  return [
    `Hollow points: ${failed.length} of ${all} runs failed their certificate (${failureCounts(failed)})${failed.length === all ? '' : `: ${names}`}.`,
  ];
}

/** Those that still became faster while they were measured. */
function coldLines(groups: readonly Group[]): string[] {
  const members = groups.flatMap((group) => group.members);
  const cold = members.flatMap((member) => {
    const runs = member.runs.filter((run) => run.not_warm === true).length;
    return runs === 0 ? [] : `${memberName(member)} (${runs} of ${member.runs.length} runs)`;
  });
  return cold.length === 0 ? [] : [`Not warm, and still faster at the end: ${[...new Set(cold)].join(', ')}.`];
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
