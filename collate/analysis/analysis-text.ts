/** The analysis as tables for a terminal: for each host, model and weight class a table a measure, then the verdicts. */
import { bytes, significant } from '../../scripts/command-line/format.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import { smallestEffect } from '../../scripts/measure/verdict.ts';
import type { Analysis, GroupSummary } from './analysis.ts';
import type { CellComparison, Contender, MeasureComparison } from './comparison.ts';
import type { CellKey, GroupKey } from './groups.ts';
import { type Measure, titleOf } from './measures.ts';

export function analysisText(analysis: Analysis): string {
  const blocks: string[] = [];
  let heading = '';
  for (const group of analysis.groups) {
    const next = cellTitle(group.key);
    if (next === heading) continue;
    heading = next;
    const members = analysis.groups.filter((each) => cellTitle(each.key) === heading);
    blocks.push(paint('bold', heading), ...measureTables(members));
    const compared = analysis.comparisons.find((each) => cellTitle(each.cell) === heading);
    if (compared !== undefined) blocks.push(...comparisonTables(compared));
  }
  blocks.push(...notes(analysis));
  return blocks.join('\n\n');
}

function cellTitle(key: CellKey): string {
  const shape =
    key.workload === 'kernel'
      ? [`pp${key.n_prompt ?? '-'} tg${key.n_gen ?? '-'} at depth ${key.depth ?? 0}`]
      : [...(key.max_tokens === null ? [] : [`at most ${key.max_tokens} tokens`])];
  return [key.hostname, key.model, key.weight_class, `workload ${key.workload}`, ...shape].join(' · ');
}

function groupName(key: GroupKey): string {
  const threads = key.threads === null ? '' : ` ${key.threads} threads`;
  return `${key.framework} ${key.quantize} ${key.device}${threads}${key.comparable === true ? '' : ' (not comparable)'}`;
}

function measureTables(groups: readonly GroupSummary[]): string[] {
  const measures = new Map(groups.flatMap((group) => group.measures.map(({ measure }) => [measure.column, measure])));
  return [...measures.values()].map((measure) => {
    const show = formatterOf(measure);
    const rows = groups.flatMap((group) => {
      const found = group.measures.find((each) => each.measure.column === measure.column);
      if (found === undefined) return [];
      const { summary, outliers } = found;
      return [
        [
          groupName(group.key),
          String(summary.count),
          show(summary.mean),
          summary.interval === null ? 'n/a' : `${show(summary.interval.low)} to ${show(summary.interval.high)}`,
          show(summary.median),
          show(summary.min),
          show(summary.max),
          summary.stddev === null ? 'n/a' : show(summary.stddev),
          outliers.length === 0 ? '' : String(outliers.length),
        ],
      ];
    });
    const { title, unit } = titleOf(measure);
    const head = [`${title}${unit === 'B' || unit === '' ? '' : ` [${unit}]`}`];
    return table([...head, 'runs', 'mean', '95 % interval', 'median', 'min', 'max', 'stddev', 'outliers'], rows);
  });
}

function formatterOf(measure: Measure): (value: number) => string {
  return titleOf(measure).unit === 'B' ? bytes : significant;
}

function comparisonTables({ reference, measures, notRanked }: CellComparison): string[] {
  const rows = measures.flatMap((each) => each.contenders.map((contender) => comparisonRow(each, contender)));
  return [
    table(
      [`Against ${groupName(reference)}`, 'measure', 'ratio', '95 % interval', 'p (Holm)', "Cliff's delta", 'verdict'],
      rows,
      'llrrrrl',
    ),
    ...notRanked.map(({ key, reason }) => `${groupName(key)} is not ranked: ${reason}`),
  ];
}

function comparisonRow({ measure, noiseFloor }: MeasureComparison, contender: Contender): string[] {
  const { comparison } = contender;
  const { interval } = comparison;
  return [
    groupName(contender.key),
    titleOf(measure).title,
    `${comparison.ratio.toFixed(3)}x`,
    interval === null ? 'n/a' : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`,
    comparison.p < 0.001 ? '< 0.001' : comparison.p.toFixed(3),
    comparison.delta.toFixed(2),
    verdictSentence(measure, contender, noiseFloor),
  ];
}

/** What may be said, in words. */
export function verdictSentence(measure: Measure, contender: Contender, noiseFloor: number): string {
  const { verdict, verdictWithoutOutliers, sameOutput, comparison } = contender;
  const doubts = [
    ...(sameOutput === false && measure.column !== 'peak_rss_bytes'
      ? ['outputs differ: no ranking without parity']
      : []),
    ...(verdictWithoutOutliers === null ? [] : [`without outliers: ${verdictWithoutOutliers}`]),
  ];
  return [verdictWords(measure, verdict, comparison, noiseFloor), ...doubts].join('; ');
}

function verdictWords(
  measure: Measure,
  verdict: Contender['verdict'],
  comparison: Contender['comparison'],
  noiseFloor: number,
): string {
  switch (verdict) {
    case 'better':
      return measure.column === 'peak_rss_bytes' ? 'less memory' : 'faster';
    case 'worse':
      return measure.column === 'peak_rss_bytes' ? 'more memory' : 'slower';
    case 'no detectable difference': {
      // Below 2 % or the machine's own noise nothing is called a difference, however many runs there are.
      const smallest = Math.max(comparison.smallestDetectable ?? 0, noiseFloor, smallestEffect);
      return `no detectable difference; the smallest detectable here is ${significant(smallest * 100, 2)} %`;
    }
    case 'too few runs':
      return `too few runs: ${comparison.runsNeeded} of each are needed`;
    default:
      return verdict satisfies never;
  }
}

function notes({ leftOut, groups }: Analysis): string[] {
  const outliers = groups.flatMap((group) =>
    group.measures.flatMap(({ measure, outliers }) =>
      outliers.map(
        ({ uuid, value, z }) =>
          `outlier: ${titleOf(measure).title} ${formatterOf(measure)(value)} of ${groupName(group.key)} (modified z ${z.toFixed(1)}), run ${uuid}`,
      ),
    ),
  );
  const counts = Object.entries(leftOut).map(([status, count]) => `${count} ${status}`);
  return [
    ...(outliers.length === 0 ? [] : [`${outliers.join('\n')}\nOutliers are marked, never removed.`]),
    ...(counts.length === 0 ? [] : [`left out, because they did not complete: ${counts.join(', ')}`]),
  ];
}
