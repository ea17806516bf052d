/** What was measured beside speed: how steadily tokens come, memory, and whether all compute the same. */
import { bytes, significant } from '../../../scripts/command-line/format.ts';
import { drawingOf } from '../../charts/chart.ts';
import { latencyDistribution } from '../../charts/latency-distribution.ts';
import { parity } from '../../charts/parity.ts';
import { slideSheet } from '../../charts/sheet.ts';
import {
  type Group,
  groupName,
  isRanked,
  type Member,
  markBehind,
  memberName,
  rankedBy,
  titleName,
} from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { chartWidth, frameworkColor } from '../../render/theme.ts';
import { chartSlide } from '../chart-slide.ts';
import { bars, noteOf, type SlideOf } from '../slide.ts';

/** Fewer gaps have no quartiles. */
const fewestGaps = 20;

/** Its figures are those of runs.csv; the gaps themselves are read only where the picture is drawn. */
export const steadinessSlide: SlideOf = ({ data, main }) => {
  if (main === undefined || main.device === 'server') return null;
  const isTimed = main.members.some(({ runs }) => runs.some(({ itl_count: count }) => (count ?? 0) >= fewestGaps));
  const message = steadinessMessage(main);
  if (!isTimed || message === null) return null;
  return {
    name: latencyDistribution.name,
    message,
    blocks: [
      {
        kind: 'picture',
        chart: latencyDistribution.name,
        alt: message,
        draw: async () => {
          const { readLatencies } = await import('../../data/read-latencies.ts');
          const runs = main.members.flatMap((member) => member.runs);
          const latencies =
            data.latencies.size > 0 ? data.latencies : (await readLatencies(data.output, runs)).latencies;
          return drawingOf(latencyDistribution, { ...data, groups: [main], latencies }, slideSheet);
        },
      },
    ],
    note: noteOf([
      groupName(main),
      'Box: middle half of the gaps between tokens. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th',
    ]),
  };
};

function steadinessMessage(main: Group): string | null {
  const figures = [
    { metric: metricOf('itl_p95_ms'), share: '95 %' },
    { metric: metricOf('itl_p50_ms'), share: 'Half' },
  ];
  for (const { metric, share } of figures) {
    const ranked = rankedBy(main, metric, 'lower');
    const [first] = ranked;
    if (first === undefined) continue;
    const next = ranked.find(({ member }) => member.framework !== first.member.framework);
    const within = ({ member, value }: typeof first) => `${titleName(member, main)} within ${significant(value)} ms`;
    return `${share} of the tokens come within ${significant(first.value)} ms of the one before with ${titleName(first.member, main)}${next === undefined ? '' : `, with ${within(next)}`}`;
  }
  return null;
}

/** A difference below this is none to tell of. */
const asMuch = 1.02;

export const memorySlide: SlideOf = ({ main }) => {
  if (main === undefined) return null;
  const all = main.members
    .flatMap((member) => {
      const peak = peakOf(member);
      return peak === null ? [] : [{ member, peak }];
    })
    .sort((a, b) => a.peak - b.peak);
  const ranked = all.filter(({ member }) => isRanked(member));
  const [first] = ranked;
  if (first === undefined) return null;
  const most = ranked.findLast(({ member }) => member.framework !== first.member.framework);
  const least = `${titleName(first.member, main)} takes ${bytes(first.peak)} of memory at its peak`;
  const largest = Math.max(...all.map(({ peak }) => peak));
  const file = main.members.flatMap(({ runs }) => runs[0]?.model_bytes ?? [])[0];
  return {
    name: 'memory',
    message:
      most === undefined
        ? least
        : most.peak < first.peak * asMuch
          ? `All contenders take about ${bytes(first.peak)} of memory at their peak`
          : `${least}, ${titleName(most.member, main)} ${significant(most.peak / first.peak)}× as much`,
    blocks: bars(
      all.map(({ member, peak }) => ({
        name: memberName(member) + markBehind(member),
        text: bytes(peak),
        share: peak / largest,
        color: frameworkColor(member.framework),
        ranked: isRanked(member),
      })),
    ),
    note: noteOf([
      'Peak of the resident memory of the engine, with the process that provides its tokenizer where it needs one; geometric mean over runs',
      ...(file === undefined ? [] : [`The model file has ${bytes(file)}`]),
      groupName(main),
    ]),
  };
};

/** With the tokenizer's process, which others have inside. */
function peakOf({ runs }: Member): number | null {
  const isSeparate = runs.some(({ tokenizer_rss_bytes: own }) => own !== null);
  const summary = summaryOf(runs, metricOf(isSeparate ? 'peak_with_tokenizer_bytes' : 'peak_rss_bytes'));
  return summary?.center ?? null;
}

/** Three axes with their tolerances need the width. */
const paritySheet = { ...slideSheet, width: chartWidth };

export const paritySlide: SlideOf = ({ data, main }) => {
  const groups = besideMain(data, main);
  return groups.length === 0
    ? null
    : chartSlide({ chart: parity, data: { ...data, parityGroups: groups }, sheet: paritySheet });
};

/** Parity of what the deck is about, or of the first group where it is about nothing that was checked. */
function besideMain({ parityGroups: all }: PlotData, main: Group | undefined): readonly Group[] {
  const same = all.filter(
    ({ hostname, model, weightClass }) =>
      main === undefined || (hostname === main.hostname && model === main.model && weightClass === main.weightClass),
  );
  return same.slice(0, 1);
}
