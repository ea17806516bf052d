/** The likelihood of a text under many models: finds each one's reference, and holds together what has the same. */
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { type ModelRequest, resolveModel } from '../../models/resolve.ts';
import { type Candidate, chooseReference, type ModelSupply, type ReferenceChoice } from '../parity/reference-choice.ts';
import { modelProgress } from '../single-run.ts';
import {
  type LikelihoodGroup,
  type LikelihoodGroupResult,
  type LikelihoodPassOptions,
  runLikelihoodPass,
} from './likelihood-pass.ts';
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
  const resolve = (request: ModelRequest) => resolveModel(request, modelProgress(line), { signal });
  const { reference: asked } = options;
  const standings = new Map<Candidate, LikelihoodStanding>();
  const groups = new Map<string, LikelihoodGroup & { candidates: Candidate[] }>();
  for (const candidate of candidates) {
    if (signal.aborted) break;
    try {
      const reference = asked === null ? null : await chooseReference(candidate, asked, { ...options, resolve });
      const key = reference === null ? '' : `${reference.framework.name} ${reference.model.path}`;
      const group = groups.get(key) ?? { reference, candidates: [] };
      group.candidates.push(candidate);
      groups.set(key, group);
    } catch (error) {
      if (signal.aborted) break;
      standings.set(candidate, withoutFile(error));
    }
  }
  const results = await runLikelihoodPass([...groups.values()], options, line, signal);
  for (const { candidates: scored } of results)
    for (const [candidate, standing] of scored) standings.set(candidate, standing);
  return { groups: results, standingOf: (candidate) => standings.get(candidate) ?? notTried };
}

/** @throws UserError that says how the command line is wrong */
function withoutFile(error: unknown): LikelihoodStanding {
  if (!(error instanceof UserError) || error.exitCode === exitCodes.usage) throw error;
  return {
    status: 'not scored',
    cause: error.exitCode === exitCodes.missing ? 'missing' : 'failed',
    reason: `there is no reference for it: ${oneLine(error)}`,
    remedy: error.remedy ?? null,
    log: null,
  };
}
