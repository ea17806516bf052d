/**
 * Which contender is faster, within one host, model and weight class (docs/measurement.md). Each is compared
 * with a reference: the one with the best geometric mean of the first measure, or the one that was asked for. Who failed parity is
 * not a contender.
 */

import { sourceRelation } from '../../scripts/log/lineage.ts';
import { type Contestant, compare, fieldOf } from '../../scripts/results/compare.ts';
import { sessionDrifts } from '../../scripts/statistics/session-drift.ts';
import { centerOf, fewestForInterval } from '../../scripts/statistics/statistics.ts';
import type { Comparison, ComparisonTerms } from '../../scripts/statistics/verdict.ts';
import { joinBy } from './group-by.ts';
import type { Cell, CellKey, Group, GroupKey } from './groups.ts';
import { measurementOf } from './measurement.ts';
import { figuresOf, type Measure, meansTheSame, measuresOf, samplesOf, valuesOf, withoutOutliers } from './measures.ts';
import { failureOf } from './parity.ts';

export interface CellComparison {
  cell: CellKey;
  condition: string;
  /** Null where fewer than two may be ranked; then there are no measures either. */
  reference: GroupKey | null;
  measures: MeasureComparison[];
  /** Measured, but not to be ranked against the others. */
  notRanked: Array<{ key: GroupKey; reason: string }>;
}

export type MeasureComparison = NonNullable<ReturnType<typeof compareMeasure>>;
export type Contender = MeasureComparison['contenders'][number];

/**
 * What says that contender and reference compute the same. Parity runs do; where one of them has none, their greedy
 * outputs have to, by their hashes. Without agreement no ranking holds.
 */
type Agreement = 'parity passed' | 'outputs equal' | 'outputs differ' | 'not known';

type Verdict = 'better' | 'worse' | 'no detectable difference' | 'too few runs';

interface RankedGroup extends Contestant {
  group: Group;
}

/**
 * Null where there is nothing to say: a single contender that may be ranked, or what a person typed in chat.
 * @param asked those that may be the reference; absent: the one with the best result is
 * @param origin whether a person asked for the reference, or its own result made it one
 * @param only column of the one measure that is asked about; absent: all of the workload
 */
export function compareCell(
  cell: Cell,
  asked?: (group: Group) => boolean,
  origin: ComparisonTerms['reference'] = asked === undefined ? 'chosen by its result' : 'asked for',
  only?: string,
): CellComparison | null {
  if (cell.key.workload === 'chat') return null;
  const measures = measuresOf(cell.key.workload);
  const all = cell.groups.map((group) => ({
    group,
    name: group.key.framework ?? 'the reference',
    measurement: measurementOf(group.key),
    sources: sourcesOf(group),
    unrankable: whyNotRanked(group),
  }));
  const { reference, others, whyNot } = fieldOf(
    bestFirst(all, measures[0]),
    asked === undefined ? undefined : ({ group }) => asked(group),
  );
  const notRanked = all.flatMap((one) => {
    const reason = whyNot(one);
    return reason === null ? [] : [{ key: one.group.key, reason }];
  });
  if (reference === undefined || others.length === 0) {
    return notRanked.length === 0
      ? null
      : { cell: cell.key, condition: cell.condition, reference: null, measures: [], notRanked };
  }
  const inOrder = all.filter((one) => others.includes(one));
  return {
    cell: cell.key,
    condition: cell.condition,
    reference: reference.group.key,
    measures: measures
      .filter(({ column }) => only === undefined || column === only)
      .map((measure) => compareMeasure(measure, reference, inOrder, origin))
      .filter((each) => each !== null),
    notRanked,
  };
}

function whyNotRanked({ key, parity }: Group): string | null {
  if (key.comparable !== true) return 'a software device, a fallback or a broken log: see its warnings in runs.csv';
  return parity.state === 'failed' ? failureOf(parity.by) : null;
}

function sourcesOf({ runs }: Group) {
  return runs.map((run) => ({
    sha256: run.model_sha256,
    rootSha256: run.model_root_sha256,
    lineage: run.model_lineage,
  }));
}

function bestFirst(groups: readonly RankedGroup[], measure: Measure | undefined): RankedGroup[] {
  if (measure === undefined) return [...groups];
  const center = ({ group }: RankedGroup) => {
    const values = valuesOf(group.runs, measure);
    return values.length === 0 ? Number.NEGATIVE_INFINITY : centerOf(values);
  };
  return groups.toSorted((a, b) => center(b) - center(a));
}

function compareMeasure(
  measure: Measure,
  { group: reference, sources }: RankedGroup,
  others: readonly RankedGroup[],
  origin: ComparisonTerms['reference'],
) {
  const ranked = others.filter(
    ({ group }) => samplesOf(group.runs, measure).length > 0 && meansTheSame(measure, reference.runs, group.runs),
  );
  const contenders = ranked.map(({ group }) => group);
  if (contenders.length === 0 || samplesOf(reference.runs, measure).length === 0) return null;
  const { noiseFloor: floor, comparisons } = compareAll(measure, reference, contenders, { reference: origin });
  // Outliers widen the noise floor too, so that it is taken anew without them.
  const cleaned = [reference, ...contenders].map((group) => ({ ...group, runs: withoutOutliers(group.runs, measure) }));
  const [cleanReference = reference, ...cleanContenders] = cleaned;
  const clean = compareAll(measure, cleanReference, cleanContenders, {
    reference: origin,
    fewest: fewestForInterval,
  }).comparisons;
  return {
    measure,
    /** Relative A/A noise of the contenders; 0 where there are too few runs. */
    noiseFloor: floor?.share ?? 0,
    noiseFloorFrom: floor?.from ?? null,
    /** How much the figure rose or fell over the rounds of each session. */
    drifts: sessionDrifts([reference, ...contenders].map(({ runs }) => samplesOf(runs, measure))),
    contenders: ranked.flatMap(({ group, sources: ownSources }, i) => {
      const comparison = comparisons[i];
      const withoutMarked = clean[i];
      if (comparison === undefined || withoutMarked === undefined) return [];
      const verdict = verdictOf(comparison, measure);
      const otherwise = verdictOf(withoutMarked, measure);
      return {
        key: group.key,
        /** This contender against the reference. */
        comparison,
        /** The verdict in terms of better and worse. */
        verdict,
        /** What the verdict would be without the runs marked as outliers, where that differs. */
        verdictWithoutOutliers: otherwise === verdict || verdict === 'too few runs' ? null : otherwise,
        agreement: agreementOf(reference, group),
        source: sourceRelation(sources, ownSources),
      };
    }),
  };
}

function compareAll(measure: Measure, reference: Group, contenders: readonly Group[], terms: ComparisonTerms) {
  const figures = contenders.map((group) => figuresOf(group, measure));
  return compare(figuresOf(reference, measure), figures, terms);
}

function verdictOf({ verdict }: Comparison, { better }: Measure): Verdict {
  switch (verdict) {
    case 'higher':
    case 'lower':
      return verdict === better ? 'better' : 'worse';
    case 'no detectable difference':
    case 'too few runs':
      return verdict;
    default:
      return verdict satisfies never;
  }
}

function agreementOf(a: Group, b: Group): Agreement {
  if (a.parity.state === 'passed' && b.parity.state === 'passed') return 'parity passed';
  switch (sameOutput(a, b)) {
    case true:
      return 'outputs equal';
    case false:
      return 'outputs differ';
    case null:
      return 'not known';
  }
}

/** Greedy answers to the same questions, which the same seed and iteration ask, must agree; null without such a pair. */
function sameOutput(a: Group, b: Group): boolean | null {
  const pairs = joinBy(a.runs, b.runs, ({ seed, iteration }) => [seed, iteration]).flatMap(([run, [other]]) => {
    if (run.temperature !== 0 || other?.temperature !== 0) return [];
    if (run.output_sha256 === null || other.output_sha256 === null) return [];
    return [run.output_sha256 === other.output_sha256];
  });
  return pairs.length === 0 ? null : pairs.every(Boolean);
}
