/** Whether the model files of two groups of runs descend from the same weights (rule 10 of docs/measurement.md). */

/**
 * 'other source' only where both lineages are written down from their beginning: two files that were fetched have a root
 * each, and may still have been made of the same weights by whoever made them.
 */
export type SourceRelation = 'same source' | 'other source' | 'not known to descend from the same source';

/** What a run says of where its weights come from. */
export interface SourceFacts {
  sha256: string | null;
  rootSha256: string | null;
  /** As lineageText has it. */
  lineage: string | null;
}

export function sourceRelation(a: readonly SourceFacts[], b: readonly SourceFacts[]): SourceRelation {
  const rootsOf = (runs: readonly SourceFacts[]) => new Set(runs.map((run) => run.rootSha256 ?? run.sha256));
  const [ofA, ofB] = [rootsOf(a), rootsOf(b)];
  const common = ofA.size === 1 && [...ofA].every((root) => root !== null && ofB.size === 1 && ofB.has(root));
  if (common) return 'same source';
  const written =
    a.length > 0 && b.length > 0 && [...a, ...b].every(isConverted) && ![...ofA].some((root) => ofB.has(root));
  return written ? 'other source' : 'not known to descend from the same source';
}

/** Its root is the weights as they were published. (Random weights are no source: two formats have other numbers.) */
function isConverted({ lineage }: SourceFacts): boolean {
  return lineage?.startsWith('convert') === true;
}
