/** Parity of many runs: each is held against its reference, and those with the same one together. */
import type { Progress } from '../../command-line/progress.ts';
import type { Candidate, ModelSupply, ReferenceChoice } from '../reference/reference-choice.ts';
import { groupByReference } from '../reference/reference-groups.ts';
import { type ParityGroupResult, type ParityPassOptions, runParityPass } from './parity-pass.ts';
import { notTried, type ParityStanding } from './parity-standing.ts';

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
  const { groups, without } = await groupByReference(candidates, options.reference, options.modelRequest, line, signal);
  const standings = new Map<Candidate, ParityStanding>();
  for (const [candidate, reason] of without)
    standings.set(candidate, { status: 'not judged', ...reason, loaded: true });
  const results = await runParityPass(groups, options, line, signal);
  for (const { candidates: held } of results)
    for (const [candidate, standing] of held) standings.set(candidate, standing);
  return { groups: results, standingOf: (candidate) => standings.get(candidate) ?? notTried };
}
