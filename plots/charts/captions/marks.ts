/** The small print of a chart: what the marks mean, and what makes some of them doubtful. */
import { implementationWords } from '../../../collate/analysis/measurement.ts';
import { type Group, markOf, memberName } from '../../data/groups.ts';
import { type Metric, outlierValues } from '../../data/metric.ts';
import { failureCounts } from '../../data/run-quality.ts';

/** What bars, lines and points mean, and what makes some of them doubtful. */
export function markLines(groups: readonly Group[], metrics: readonly Metric[] = []): string[] {
  return [...keyLines(groups, metrics), ...unlikeLines(groups), ...runQualityLines(groups), ...coldLines(groups)];
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
  if (most <= 1) return 'Bars: a single run, which has no interval.';
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
  return said.length === 0 ? [] : [`Different builds or settings: ${[...new Set(said)].join('; ')}.`];
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

/** Runs that failed their quality checks stay in the mean; whoever reads it should know how many, and why. */
function runQualityLines(groups: readonly Group[]): string[] {
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
    `Hollow points: ${failed.length} of ${all} runs failed their quality checks (${failureCounts(failed)})${failed.length === all ? '' : `: ${names}`}.`,
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
