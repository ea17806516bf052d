/** The analysis as tables for a terminal: for each host, model and weight class a table a measure, then the verdicts. */
import { bytes, significant } from '../../scripts/command-line/format.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import { driftText } from '../../scripts/log/statistics-text.ts';
import { notable } from '../../scripts/statistics/session-drift.ts';
import type { Analysis, GroupSummary } from './analysis.ts';
import type { CellComparison, Contender, MeasureComparison } from './comparison.ts';
import type { CellKey, GroupKey } from './groups.ts';
import { groupNames } from './measurement.ts';
import { type Measure, titleOf } from './measures.ts';
import { parityBlocks } from './parity-text.ts';
import { verdictSentence } from './verdict-sentence.ts';

type NameOf = (key: GroupKey) => string;

export function analysisText(analysis: Analysis): string {
  const nameOf = groupNames(analysis.groups.map(({ key }) => key));
  const blocks: string[] = [];
  let heading = '';
  for (const group of analysis.groups) {
    const next = cellTitle(group);
    if (next === heading) continue;
    heading = next;
    const members = analysis.groups.filter((each) => cellTitle(each) === heading);
    blocks.push(paint('bold', heading), ...parityBlocks(members, nameOf), ...measureTables(members, nameOf));
    const compared = analysis.comparisons.find(
      (each) => cellTitle({ key: each.cell, condition: each.condition }) === heading,
    );
    if (compared !== undefined) blocks.push(...comparisonTables(compared, nameOf));
  }
  blocks.push(...notes(analysis, nameOf));
  return blocks.join('\n\n');
}

function cellTitle({ key, condition }: { key: CellKey; condition: string }): string {
  const shape =
    key.workload === 'kernel'
      ? [`pp${key.n_prompt ?? '-'} tg${key.n_gen ?? '-'} at depth ${key.depth ?? 0}`]
      : [
          ...(key.embed_batch_texts === null ? [] : [`${key.embed_batch_texts} texts a batch`]),
          ...(key.max_tokens === null ? [] : [`at most ${key.max_tokens} tokens`]),
        ];
  const differing = condition.split(', ').filter((words) => words !== '' && !shape.includes(words));
  return [key.hostname, key.model, key.weight_class, `workload ${key.workload}`, ...differing].join(' · ');
}

function measureTables(groups: readonly GroupSummary[], nameOf: NameOf): string[] {
  const measures = new Map(groups.flatMap((group) => group.measures.map(({ measure }) => [measure.column, measure])));
  return [...measures.values()].map((measure) => {
    const show = formatterOf(measure);
    const rows = groups.flatMap((group) => {
      const found = group.measures.find((each) => each.measure.column === measure.column);
      if (found === undefined) return [];
      const { summary, outliers } = found;
      return [
        [
          nameOf(group.key),
          String(summary.count),
          show(summary.center),
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
    return table(
      [...head, 'runs', 'geometric mean', '95 % interval', 'median', 'min', 'max', 'stddev', 'outliers'],
      rows,
      undefined,
      { dropFirst: ['outliers', 'stddev', 'max', 'min', 'median'] },
    );
  });
}

function formatterOf(measure: Measure): (value: number) => string {
  return titleOf(measure).unit === 'B' ? bytes : significant;
}

function comparisonTables({ reference, measures, notRanked }: CellComparison, nameOf: NameOf): string[] {
  const heads = ['measure', 'ratio', '95 % interval', 'p (Holm)', 'test', 'verdict'];
  const rows = measures.flatMap((each) => each.contenders.map((contender) => comparisonRow(each, contender, nameOf)));
  return [
    ...(reference === null
      ? []
      : [
          table([`Against ${nameOf(reference)}`, ...heads], rows, 'llrrrll', {
            dropFirst: ['test', 'p (Holm)', '95 % interval'],
          }),
        ]),
    ...notRanked.map(({ key, reason }) => `${nameOf(key)} is not ranked: ${reason}`),
    ...driftNotes(measures[0]),
  ];
}

/** The measure by which contenders are ordered. */
function driftNotes(first: MeasureComparison | undefined): string[] {
  if (first === undefined) return [];
  const { title } = titleOf(first.measure);
  return notable(first.drifts).map((drift) => driftText(drift, `figures of ${title.toLowerCase()}`));
}

function comparisonRow({ measure }: MeasureComparison, contender: Contender, nameOf: NameOf): string[] {
  const { comparison } = contender;
  const { interval } = comparison;
  return [
    nameOf(contender.key),
    titleOf(measure).title,
    `${comparison.ratio.toFixed(3)}x`,
    interval === null ? 'n/a' : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`,
    comparison.p < 0.001 ? '< 0.001' : comparison.p.toFixed(3),
    `${comparison.method}, n = ${comparison.count}`,
    verdictSentence(measure, contender),
  ];
}

function notes({ leftOut, groups }: Analysis, nameOf: NameOf): string[] {
  const outliers = groups.flatMap((group) =>
    group.measures.flatMap(({ measure, outliers }) =>
      outliers.map(
        ({ uuid, value, z }) =>
          `outlier: ${titleOf(measure).title} ${formatterOf(measure)(value)} of ${nameOf(group.key)} (modified z ${z.toFixed(1)}), run ${uuid}`,
      ),
    ),
  );
  const counts = Object.entries(leftOut).map(([status, count]) => `${count} ${status}`);
  return [
    ...(outliers.length === 0 ? [] : [`${outliers.join('\n')}\nOutliers are marked, never removed.`]),
    ...(counts.length === 0 ? [] : [`left out, because they did not complete: ${counts.join(', ')}`]),
  ];
}
