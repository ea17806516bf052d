/** What a chart shows: which groups have room in it, what was measured where and how often, and the results in words. */

import { ownSettings } from '../../../collate/analysis/measurement.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import { type Group, groupName, type Member, markBehind, memberName, modelName } from '../../data/groups.ts';
import { type Metric, readable, summaryOf } from '../../data/metric.ts';
import type { Stack } from '../../panels/panel.ts';

export interface ShownGroups {
  readonly shown: readonly Group[];
  /** Groups left to the table. */
  readonly left: number;
}

/** What a picture may take of a page, pixels: more would be set too small on paper. */
const tallest = 1150;
/** Title and axis of a panel. */
const aroundPanel = 95;

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
    const shown = groups.filter((group) => first.has(group));
    return stack === undefined || heightOf(shown, stack) <= tallest;
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
export function moreLines(left: number, one = '', many = one === '' ? '' : `${one}s`): string[] {
  if (left <= 0) return [];
  const what = left === 1 ? `${one} is` : `${many} are`;
  return [`${left} more ${what.trim()} in the table of the report.`];
}

export const leftLines = ({ left }: ShownGroups) => moreLines(left, 'group');

/** `2 hosts, 3 weight classes`. */
function partsOf(groups: readonly Group[]): string {
  const parts: Array<[of: (group: Group) => string, one: string, many: string]> = [
    [({ hostname }) => hostname, 'host', 'hosts'],
    [({ device }) => device, 'device', 'devices'],
    [modelName, 'model', 'models'],
    [({ weightClass }) => weightClass, 'weight class', 'weight classes'],
  ];
  return parts.map(([of, one, many]) => countOf(groups.map(of), one, many)).join(', ');
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

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** The framework, and what tells it from others of its framework in the group. */
export function titleName({ framework, runs }: Member, { members }: Pick<Group, 'members'>): string {
  const [run] = runs;
  const all = members.flatMap((member) => member.runs[0] ?? []);
  const own = run === undefined ? [] : ownSettings(run, all);
  return own.length === 0 ? framework : `${framework} (${own.join(', ')})`;
}

const mostGroups = 4;

export function describeGroups(groups: readonly Group[], metric: Metric): string {
  const inUnit = readable(
    metric,
    groups.flatMap((group) => group.members.flatMap((member) => member.runs)),
  );
  const sentences = groups.slice(0, mostGroups).map((group) => {
    const values = group.members.map((member) => {
      const summary = summaryOf(member.runs, inUnit);
      const value = summary === null ? 'no figure' : `${significant(summary.center)} ${inUnit.unit}`.trim();
      return `${memberName(member)} ${value}${markBehind(member)}`;
    });
    return `${groupName(group)}: ${inUnit.title.toLowerCase()} ${values.join(', ')}.`;
  });
  const more = groups.length - mostGroups;
  return [...sentences, ...(more > 0 ? [`${more} more groups are in the table.`] : [])].join(' ');
}
