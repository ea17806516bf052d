/** What a chart shows: which groups have room in it, what was measured where and how often, and the results in words. */
import { significant } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, groupName, markBehind, memberName, modelName } from '../data/groups.ts';
import { mostToCompareFirst } from '../data/main-group.ts';
import { type Metric, readable, summaryOf } from '../data/metric.ts';
import { mostPanels, panelsAcross } from '../panels/panel.ts';
import type { Table } from '../report/document.ts';
import { type Field, left, tableOf } from '../report/table.ts';
import { page, type Sheet } from './sheet.ts';

/** How a chart stacks its panels, and how many have room in it. */
interface Layout {
  readonly most: number;
  /** Pixels of a row; none where all panels are equally high. */
  readonly rowHeight: number;
  /** Panels beside each other, where there are so many. */
  readonly across: (count: number) => number;
}

/** Panels of one height. */
export const evenLayout: Layout = { most: mostPanels, rowHeight: 0, across: panelsAcross };
/** Rows of bars with points beneath; two panels beside each other when there are many. */
export const barLayout: Layout = { most: mostPanels, rowHeight: 32, across: panelsAcross };
/** Smaller rows, where each panel has many columns. */
export const compactLayout: Layout = { most: 6, rowHeight: 25, across: () => 1 };
/** Labels that need the whole width: panels stand under each other, and fewer fit on a page. */
export const wideLayout: Layout = { most: 6, rowHeight: 32, across: () => 1 };

interface ChosenGroups<G extends Group = Group> {
  readonly shown: readonly G[];
  /** Number of groups left to the table. */
  readonly left: number;
}

/** Title and axis of a panel. */
const aroundPanel = 95;

/** The groups with most to compare, the latest of those that have as much, in their own order. */
export function chooseGroups<G extends Group>(
  groups: readonly G[],
  { most, ...layout }: Layout,
  { tallest, panels, rows }: Sheet = page,
): ChosenGroups<G> {
  const inOrder = mostToCompareFirst(groups);
  const first = (count: number) => {
    const kept = new Set(inOrder.slice(0, count));
    return groups.filter((group) => kept.has(group));
  };
  const counts = Array.from({ length: Math.min(most, panels, groups.length) }, (_, i) => i + 1);
  const shown = first(counts.findLast((count) => heightOf(first(count), layout) <= tallest) ?? 1);
  const inRows = shown.map((group) =>
    group.members.length <= rows ? group : { ...group, members: group.members.slice(0, rows) },
  );
  return { shown: inRows, left: groups.length - shown.length };
}

function heightOf(groups: readonly Group[], { rowHeight, across }: Omit<Layout, 'most'>): number {
  const beside = across(groups.length);
  const lines = Array.from({ length: Math.ceil(groups.length / beside) }, (_, i) =>
    groups.slice(i * beside, (i + 1) * beside),
  );
  return lines.reduce(
    (sum, line) => sum + aroundPanel + rowHeight * Math.max(...line.map(({ members }) => members.length)),
    0,
  );
}

/**
 * The small print of a chart of groups: what was measured where comes first, what has no room in it last.
 * @param runs how many runs stand behind a result
 */
export function groupLines(
  chosen: ChosenGroups,
  lines: readonly string[],
  runs = runsPerMember(chosen.shown),
): string[] {
  const [first, ...others] = chosen.shown;
  const scope =
    first !== undefined && others.length === 0
      ? `${groupName(first)} · ${runs}`
      : `${partsOf(chosen.shown)}, never pooled. ${runs.charAt(0).toUpperCase()}${runs.slice(1)}.`;
  return [scope, ...lines, ...moreLines(chosen.left, 'group')];
}

/** What the picture has no room for. */
export function moreLines(left: number, one = '', many = one === '' ? '' : `${one}s`): string[] {
  if (left <= 0) return [];
  const what = left === 1 ? `${one} is` : `${many} are`;
  return [`${left} more ${what.trim()} in the table of the report.`];
}

/** `2 hosts, 3 weight classes`: the name itself where there is one, else how many there are. */
function partsOf(groups: readonly Group[]): string {
  const parts: Array<[of: (group: Group) => string, one: string, many: string]> = [
    [({ hostname }) => hostname, 'host', 'hosts'],
    [({ device }) => device, 'device', 'devices'],
    [modelName, 'model', 'models'],
    [({ weightClass }) => weightClass, 'weight class', 'weight classes'],
  ];
  const said = parts.map(([of, one, many]) => {
    const [first, ...others] = new Set(groups.map(of));
    return others.length === 0 ? `${one} ${first}` : `${others.length + 1} ${many}`;
  });
  return said.join(', ');
}

export function runsPerMember(groups: readonly Group[]): string {
  const counts = groups.flatMap((group) => group.members.map((member) => member.runs.length));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least !== most) return `${least} to ${most} runs each`;
  return `${most === 1 ? 'one run' : `${most} runs`}${counts.length === 1 ? '' : ' each'}`;
}

/** `32.1 tokens/s`. */
export function valueWords(runs: readonly RunRow[], metric: Metric): string {
  const summary = summaryOf(runs, metric);
  return summary === null ? 'no figure' : `${significant(summary.center)} ${metric.unit}`.trim();
}

const mostDescribed = 4;

export function describeGroups(groups: readonly Group[], metric: Metric): string {
  const inUnit = readable(
    metric,
    groups.flatMap((group) => group.members.flatMap((member) => member.runs)),
  );
  const sentences = groups.slice(0, mostDescribed).map((group) => {
    const values = group.members.map(
      (member) => `${memberName(member)} ${valueWords(member.runs, inUnit)}${markBehind(member)}`,
    );
    return `${groupName(group)}: ${inUnit.title.toLowerCase()} ${values.join(', ')}.`;
  });
  const more = groups.length - mostDescribed;
  return [...sentences, ...(more > 0 ? [`${more} more groups are in the table.`] : [])].join(' ');
}

/** A table over several places; a single place goes into the caption. */
export function tableByPlace<Source extends { readonly place: string }>(
  caption: string,
  panels: ReadonlyArray<{ readonly place: string }>,
  sources: readonly Source[],
  fields: ReadonlyArray<Field<Source>>,
): Table {
  const [only, ...others] = panels;
  return only !== undefined && others.length === 0
    ? tableOf(`${caption} (${only.place})`, sources, fields)
    : tableOf(caption, sources, [[left('Where'), ({ place }) => place], ...fields]);
}

/** Why nothing of it can be drawn. */
export const noAnswers = 'No run of the question workload was completed.';
