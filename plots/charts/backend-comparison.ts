/** Decode and prefill rate of every framework: the chart people look at first. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, rankedBy } from '../data/groups.ts';
import { residentLines } from '../data/memory.ts';
import { isLowerBound, metricOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { overNext } from '../data/verdicts.ts';
import { groupBars, scaleLines } from '../panels/group-bars.ts';
import { barStack, mostPanels } from '../panels/panel.ts';
import { groupTable } from '../report/table.ts';
import { markLines } from './captions/marks.ts';
import { chooseGroups, describeGroups, leftLines, scopeLines, titleName } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const decodeRate = metricOf('decode_tokens_per_s');
const prefillRate = metricOf('prefill_tokens_per_s');
const metrics = [decodeRate, prefillRate];

export const backendComparison: Chart = {
  name: 'backend_comparison',
  question: 'Which framework decodes fastest?',
  draw(data) {
    const { groups } = data;
    if (groups.length === 0) {
      const sentence = 'No run of the question workload was completed.';
      return { kind: 'gap', sentence, command: nextCommands(data).measure };
    }
    const chosen = chooseGroups(groups, mostPanels, barStack);
    const { shown } = chosen;
    const hasLowerBound = shown.some((group) => group.members.some(({ runs }) => isLowerBound(runs, prefillRate)));
    return {
      kind: 'picture',
      title: verdictTitle(groups) ?? leadersTitle(groups) ?? aloneTitle(groups),
      subtitle: [
        ...scopeLines(chosen),
        ...markLines(shown, metrics),
        ...residentLines(shown),
        ...(hasLowerBound ? [lowerBoundLine] : []),
        ...scaleLines(shown, metrics),
        ...leftLines(chosen),
      ],
      spec: groupBars(shown, metrics),
      table: groupTable({
        caption: 'Decode and prefill rate, geometric mean over runs',
        groups,
        metrics,
        weights: true,
      }),
      alt: `Bar chart of decode and prefill rate. ${describeGroups(groups, decodeRate)}`,
    };
  },
};

const lowerBoundLine =
  '≥: the end of prompt processing is not reported separately; prompt tokens / TTFT is a lower bound.';

/** The verdict of the only group; null where there are several, or nothing to compare. */
function verdictTitle([group, ...others]: readonly Group[]): string | null {
  const verdict = group === undefined || others.length > 0 ? null : overNext(group);
  if (group === undefined || verdict === null) return null;
  const [first, second] = [titleName(verdict.faster, group), titleName(verdict.slower, group)];
  switch (verdict.decision) {
    case 'faster':
      return `${first} decodes ${significant(verdict.ratio)}× as fast as ${second}`;
    case 'outputs differ':
      return `${first} decoded ${significant(verdict.ratio)}× as fast as ${second}, but their outputs differ`;
    case 'no detectable difference':
      return `${first} and ${second}, the two fastest: no detectable difference`;
    case 'too few runs':
      return `${first} decoded fastest, but there are too few runs for a verdict`;
    default:
      return verdict.decision satisfies never;
  }
}

/** Who is faster than the next in most groups, by verdicts alone: a higher figure is no lead. Null where nothing is contested. */
function leadersTitle(groups: readonly Group[]): string | null {
  const verdicts = groups.flatMap((group) => overNext(group) ?? []);
  const wins = new Map<string, number>();
  for (const { decision, faster } of verdicts) {
    if (decision === 'faster') wins.set(faster.framework, (wins.get(faster.framework) ?? 0) + 1);
  }
  const [most] = [...wins].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en'));
  const contested = verdicts.length;
  if (contested === 0) return null;
  if (most === undefined) {
    const where = contested === 1 ? 'the group' : contested === 2 ? 'either group' : `any of ${contested} groups`;
    return `No framework is shown to decode fastest in ${where}`;
  }
  const [framework, leads] = most;
  const all = contested === 1 ? '' : contested === 2 ? ' in both groups' : ` in all ${contested} groups`;
  return `${framework} decodes fastest${leads === contested ? all : ` in ${leads} of ${contested} groups`}`;
}

/** One framework and nobody to compare it with: what it does, from its slowest group to its fastest. */
function aloneTitle(groups: readonly Group[]): string | null {
  const ranked = groups.flatMap((group) => rankedBy(group, decodeRate, 'higher')).sort((a, b) => a.value - b.value);
  const [slowest, fastest] = [ranked.at(0), ranked.at(-1)];
  const names = new Set(ranked.map(({ member }) => member.framework));
  if (slowest === undefined || fastest === undefined || names.size > 1) return null;
  if (slowest === fastest)
    return `${fastest.member.framework} decodes ${significant(fastest.value)} ${decodeRate.unit}`;
  return `${fastest.member.framework} decodes ${significant(slowest.value)} to ${significant(fastest.value)} ${decodeRate.unit}, depending on what it runs`;
}
