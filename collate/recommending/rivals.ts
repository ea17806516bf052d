/**
 * Which of the measured others cannot be told from the best one. The verdict is that of all comparisons here (statistics/verdict.ts),
 * on the runs of each; there is no second test.
 */
import { compare } from '../../scripts/results/compare.ts';
import { figuresOf, type Measure, measuresOf, samplesOf } from '../analysis/measures.ts';
import type { Candidate } from './candidate.ts';
import type { Goal } from './figures.ts';

export interface Rival {
  candidate: Candidate;
  /** Of its figure to that of the best one. */
  ratio: number;
  relation: 'worse' | 'no detectable difference' | 'too few runs';
}

/** The figure of runs by which rivals are told apart. Null where runs have none: energy and quality are compared by their values. */
function measureFor(goal: Goal, workload: string | null): Measure | null {
  const columns: Record<Goal, readonly Measure['column'][]> = {
    latency: ['e2e_mean_ms', 'tg_tokens_per_s'],
    throughput: ['decode_tokens_per_s', 'tg_tokens_per_s'],
    cost: ['decode_tokens_per_s', 'tg_tokens_per_s'],
    memory: ['peak_rss_bytes'],
    quality: [],
    energy: [],
  };
  return measuresOf(workload).find(({ column }) => columns[goal].includes(column)) ?? null;
}

/** @param others measured ones, in any order */
export function rivalsOf(best: Candidate, others: readonly Candidate[], goal: Goal): Rival[] {
  const measure = measureFor(goal, best.group?.key.workload ?? null);
  if (best.group === null || measure === null) return [];
  const reference = best.group;
  const groups = others.flatMap((candidate) => {
    const { group } = candidate;
    return group === null || samplesOf(group.runs, measure).length === 0 ? [] : { candidate, group };
  });
  if (groups.length === 0 || samplesOf(reference.runs, measure).length === 0) return [];
  const { comparisons } = compare(
    figuresOf(reference, measure),
    groups.map(({ group }) => figuresOf(group, measure)),
    { reference: 'chosen by its result' },
  );
  return groups.flatMap(({ candidate }, i): Rival[] => {
    const comparison = comparisons[i];
    if (comparison === undefined) return [];
    const { verdict, ratio } = comparison;
    return [{ candidate, ratio, relation: verdict === 'higher' || verdict === 'lower' ? 'worse' : verdict }];
  });
}
