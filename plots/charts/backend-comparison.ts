/** Decode and prefill rate of every framework: the chart people look at first. */
import { rollup } from 'd3-array';
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, rankedBy, titleName } from '../data/groups.ts';
import { residentLines } from '../data/memory.ts';
import { isLowerBound, metricOf } from '../data/metric.ts';
import { overNext } from '../data/verdicts.ts';
import { markLines } from '../panels/marks.ts';
import { groupChart } from './group-charts.ts';
import { noAnswers } from './scope.ts';

const decodeRate = metricOf('decode_tokens_per_s');
const prefillRate = metricOf('prefill_tokens_per_s');

export const backendComparison = groupChart({
  name: 'backend_comparison',
  question: 'Which framework decodes fastest?',
  metrics: [decodeRate, prefillRate],
  spoken: decodeRate,
  missing: noAnswers,
  title: (groups) => verdictTitle(groups) ?? leadersTitle(groups) ?? aloneTitle(groups),
  notes: (shown) => [
    ...markLines(shown, [decodeRate, prefillRate]),
    ...residentLines(shown),
    ...(shown.some(({ members }) => members.some(({ runs }) => isLowerBound(runs, prefillRate)))
      ? ['≥: the end of prompt processing is not reported separately; prompt tokens / TTFT is a lower bound.']
      : []),
  ],
  table: { caption: 'Decode and prefill rate, geometric mean over runs', weights: true },
  kind: () => 'Bar chart of decode and prefill rate.',
});

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
  const contested = verdicts.length;
  if (contested === 0) return null;
  const leaders = verdicts.filter(({ decision }) => decision === 'faster').map(({ faster }) => faster.title);
  const [most] = [
    ...rollup(
      leaders,
      ({ length }) => length,
      (framework) => framework,
    ),
  ].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en'));
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
  const [framework, ...others] = new Set(ranked.map(({ member }) => member.title));
  if (slowest === undefined || fastest === undefined || others.length > 0) return null;
  const most = `${significant(fastest.value)} ${decodeRate.unit}`;
  return slowest === fastest
    ? `${framework} decodes ${most}`
    : `${framework} decodes ${significant(slowest.value)} to ${most}, depending on what it runs`;
}
