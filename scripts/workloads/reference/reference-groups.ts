/** Finds what each candidate is held against, and puts together those that are held against the same. */
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { modelProgress } from '../../models/model-progress.ts';
import { resolveModel } from '../../models/resolve.ts';
import {
  type Candidate,
  type ChosenReference,
  chooseReference,
  type ModelSupply,
  type ReferenceChoice,
} from './reference-choice.ts';

interface ReferenceGroup {
  reference: ChosenReference;
  candidates: Candidate[];
}

/** Why there is nothing to hold a candidate against. */
interface WithoutReference {
  cause: 'missing' | 'failed';
  reason: string;
  remedy: string | null;
}

interface Grouped {
  groups: ReferenceGroup[];
  without: Map<Candidate, WithoutReference>;
}

/**
 * Ends early, with the groups so far, when the signal is aborted.
 * @param asked `--reference`; undefined: the usual one
 * @throws UserError that says how the command line is wrong
 */
export async function groupByReference(
  candidates: readonly Candidate[],
  asked: ReferenceChoice | undefined,
  modelRequest: ModelSupply['modelRequest'],
  line: Progress,
  signal: AbortSignal,
): Promise<Grouped> {
  const supply: ModelSupply = {
    modelRequest,
    resolve: (request) => resolveModel(request, modelProgress(line), { signal }),
  };
  const without = new Map<Candidate, WithoutReference>();
  const groups = new Map<string, ReferenceGroup>();
  for (const candidate of candidates) {
    if (signal.aborted) break;
    try {
      const reference = await chooseReference(candidate, asked, supply);
      const key = `${reference.framework.name} ${reference.model.path}`;
      const group = groups.get(key) ?? { reference, candidates: [] };
      group.candidates.push(candidate);
      groups.set(key, group);
    } catch (error) {
      if (signal.aborted) break;
      without.set(candidate, reasonOf(error));
    }
  }
  return { groups: [...groups.values()], without };
}

function reasonOf(error: unknown): WithoutReference {
  if (!(error instanceof UserError) || error.exitCode === exitCodes.usage) throw error;
  return {
    cause: error.exitCode === exitCodes.missing ? 'missing' : 'failed',
    reason: `there is no reference for it: ${oneLine(error)}`,
    remedy: error.remedy ?? null,
  };
}
