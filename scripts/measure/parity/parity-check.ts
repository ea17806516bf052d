/** Parity of many runs: finds each one's reference, and holds together what has the same. */
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { type ModelRequest, resolveModel } from '../../models/resolve.ts';
import { modelProgress } from '../single-run.ts';
import { type ParityGroup, type ParityGroupResult, type ParityPassOptions, runParityPass } from './parity-pass.ts';
import { notTried, type ParityStanding } from './parity-standing.ts';
import { type Candidate, chooseReference, type ModelSupply, type ReferenceChoice } from './reference-choice.ts';

export interface ParityCheckOptions extends ParityPassOptions {
  /** `--reference`; undefined: the usual one. */
  reference?: ReferenceChoice | undefined;
  modelRequest: ModelSupply['modelRequest'];
}

export interface ParityCheck {
  groups: readonly ParityGroupResult[];
  standingOf: (candidate: Candidate) => ParityStanding;
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export async function checkParity(
  candidates: readonly Candidate[],
  options: ParityCheckOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<ParityCheck> {
  const resolve = (request: ModelRequest) => resolveModel(request, modelProgress(line), { signal });
  const standings = new Map<Candidate, ParityStanding>();
  const groups = new Map<string, ParityGroup & { candidates: Candidate[] }>();
  for (const candidate of candidates) {
    if (signal.aborted) break;
    try {
      const reference = await chooseReference(candidate, options.reference, { ...options, resolve });
      const key = `${reference.framework.name} ${reference.model.path}`;
      const group = groups.get(key) ?? { reference, candidates: [] };
      group.candidates.push(candidate);
      groups.set(key, group);
    } catch (error) {
      if (signal.aborted) break;
      standings.set(candidate, withoutFile(error));
    }
  }
  const results = await runParityPass([...groups.values()], options, line, signal);
  for (const { candidates: held } of results)
    for (const [candidate, standing] of held) standings.set(candidate, standing);
  return { groups: results, standingOf: (candidate) => standings.get(candidate) ?? notTried };
}

/** @throws UserError that says how the command line is wrong */
function withoutFile(error: unknown): ParityStanding {
  if (!(error instanceof UserError) || error.exitCode === exitCodes.usage) throw error;
  return {
    status: 'not judged',
    cause: error.exitCode === exitCodes.missing ? 'missing' : 'failed',
    reason: `there is no reference for it: ${oneLine(error)}`,
    remedy: error.remedy ?? null,
    loaded: true,
  };
}
