/** The likelihood of a text under many models: each is held against its reference, and those with the same one together. */
import type { Progress } from '../../command-line/progress.ts';
import type { Candidate, ModelSupply, ReferenceChoice } from '../reference/reference-choice.ts';
import { groupByReference } from '../reference/reference-groups.ts';
import { type LikelihoodGroupResult, type LikelihoodPassOptions, runLikelihoodPass } from './likelihood-pass.ts';
import { type LikelihoodStanding, notTried } from './likelihood-standing.ts';

export interface LikelihoodOptions extends LikelihoodPassOptions {
  /** `--reference`; undefined: the usual one; null: nothing is compared. */
  reference?: ReferenceChoice | null | undefined;
  modelRequest: ModelSupply['modelRequest'];
}

export interface LikelihoodMeasured {
  groups: readonly LikelihoodGroupResult[];
  standingOf: (candidate: Candidate) => LikelihoodStanding;
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export async function measureLikelihood(
  candidates: readonly Candidate[],
  options: LikelihoodOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<LikelihoodMeasured> {
  const { reference, modelRequest } = options;
  const { groups, without } =
    reference === null
      ? { groups: candidates.length === 0 ? [] : [{ reference, candidates }], without: new Map<Candidate, never>() }
      : await groupByReference(candidates, reference, modelRequest, line, signal);
  const standings = new Map<Candidate, LikelihoodStanding>();
  for (const [candidate, reason] of without) standings.set(candidate, { status: 'not scored', ...reason, log: null });
  const results = await runLikelihoodPass(groups, options, line, signal);
  for (const { candidates: scored } of results)
    for (const [candidate, standing] of scored) standings.set(candidate, standing);
  return { groups: results, standingOf: (candidate) => standings.get(candidate) ?? notTried };
}
