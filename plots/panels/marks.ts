/** The small print of a chart: what the marks mean, and what makes some of them doubtful. */
import { implementationWords } from '../../collate/analysis/measurement.ts';
import { type Group, type Member, markOf, memberName } from '../data/groups.ts';
import { type Metric, outlierValues } from '../data/metric.ts';
import { failureCounts } from '../data/run-quality.ts';

/** What bars, lines and points mean, and what makes some of them doubtful. */
export function markLines(groups: readonly Group[], metrics: readonly Metric[] = []): string[] {
  return [...keyLines(groups, metrics), ...unlikeLines(groups), ...runQualityLines(groups), ...coldLines(groups)];
}

/** What the marks mean; says plainly when there are too few runs for an interval. */
export function keyLines(groups: readonly Group[], metrics: readonly Metric[] = []): string[] {
  const members = membersOf(groups);
  const hasOutliers = members.some(({ runs }) => metrics.some((metric) => outlierValues(runs, metric).length > 0));
  const outliers = hasOutliers ? ['Cross: an outlier (modified z above 3.5), kept in the mean.'] : [];
  return [runsSentence(Math.max(0, ...members.map(({ runs }) => runs.length))), ...outliers, ...hollowLines(groups)];
}

const membersOf = (groups: readonly Group[]) => groups.flatMap(({ members }) => members);

/** A line with each text once; none where there is no text. */
function listLine(lead: string, texts: readonly string[], separator = ', '): string[] {
  return texts.length === 0 ? [] : [`${lead}: ${[...new Set(texts)].join(separator)}.`];
}

function runsSentence(most: number): string {
  if (most <= 1) return 'Bars: a single run, which has no interval.';
  if (most === 2) return 'Bars: geometric mean over runs. Points: single runs. An interval needs three runs.';
  return 'Bars: geometric mean over runs. Line: 95 % interval (t on logarithms). Points: single runs.';
}

/** What the marks of lines over loads and lengths mean, where there are several runs. */
export function singleRunLines(runs: number): string[] {
  return runs > 1 ? ['Large marks: geometric mean over runs. Small ones: single runs.'] : [];
}

/** Build, flash attention and the like of contenders that are not alike in it; arithmetic stands in their labels. */
function unlikeLines(groups: readonly Group[]): string[] {
  const said = groups.flatMap(({ members }) => {
    const runs = members.flatMap((member) => member.runs.slice(0, 1));
    return members.flatMap(({ title, runs: [run] }) => {
      const words = run === undefined ? [] : implementationWords(run, runs);
      return words.length === 0 ? [] : [`${title} ${words.join(', ')}`];
    });
  });
  return listLine('Different builds or settings', said, '; ');
}

/** Who is hollow and why, a line a reason. */
export function hollowLines(groups: readonly Group[]): string[] {
  const named = (mark: ReturnType<typeof markOf>, nameOf: (member: Member) => string = memberName) =>
    membersOf(groups)
      .filter((member) => markOf(member) === mark)
      .map(nameOf);
  return [
    ...listLine(
      'Hollow: not comparable (software device, fallback or broken invariant), not ranked',
      named('not comparable'),
    ),
    ...listLine('Hollow: failed parity, not ranked', named('failed parity')),
    ...listLine(
      'Hollow: measured under other conditions than what is ranked',
      named('other conditions', (member) => `${memberName(member)} (${member.unequal})`),
    ),
  ];
}

/** Runs that failed their quality checks stay in the mean; a reader should know how many, and why. */
function runQualityLines(groups: readonly Group[]): string[] {
  const members = membersOf(groups);
  const failures = members.flatMap((member) => {
    const failed = member.runs.filter((run) => run.certificate === 'failed');
    return failed.length === 0 ? [] : [{ member, failed }];
  });
  if (failures.length === 0) return [];
  const failed = failures.flatMap((each) => each.failed);
  const all = members.reduce((sum, member) => sum + member.runs.length, 0);
  const names = [...new Set(failures.map(({ member }) => memberName(member)))].join(', ');
  const where = failures.length === members.length ? 'some of each result' : names;
  return [
    `Hollow points: ${failed.length} of ${all} runs failed their quality checks (${failureCounts(failed)})${failed.length === all ? '' : `: ${where}`}.`,
  ];
}

/** Results that still became faster while they were measured. */
function coldLines(groups: readonly Group[]): string[] {
  const cold = membersOf(groups).flatMap((member) => {
    const runs = member.runs.filter((run) => run.not_warm === true).length;
    return runs === 0 ? [] : `${memberName(member)} (${runs} of ${member.runs.length} runs)`;
  });
  return listLine('Not warm, and still faster at the end', cold);
}
