/** Finds the reference of each candidate, puts together those that have the same, and compares them. */
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { preparing } from '../../run/prepare.ts';
import {
  type Comparison,
  type GroupOutcome,
  type NotJudged,
  notTried,
  type PassOptions,
  runReferencePass,
} from './pass.ts';
import {
  type Candidate,
  type ChosenReference,
  chooseReference,
  type ModelSupply,
  type ReferenceChoice,
} from './reference-choice.ts';

/** Why there is no reference for a candidate. */
type WithoutReference = Pick<NotJudged, 'cause' | 'reason' | 'remedy'>;

interface Grouped {
  groups: Array<{ reference: ChosenReference; candidates: Candidate[] }>;
  without: Map<Candidate, WithoutReference>;
}

export interface Compared<Result> {
  groups: ReadonlyArray<GroupOutcome<Result>>;
  standingOf: (candidate: Candidate) => Result | NotJudged;
}

export interface ReferenceOptions extends PassOptions {
  /** `--reference`; undefined: the usual one; null: nothing is compared. */
  reference?: ReferenceChoice | null | undefined;
  modelRequest: ModelSupply['modelRequest'];
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export async function compareWithReferences<Reference, Result>(
  candidates: readonly Candidate[],
  comparison: Comparison<Reference, Result>,
  options: ReferenceOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<Compared<Result>> {
  const { reference, modelRequest } = options;
  const { groups, without } =
    reference === null
      ? { groups: candidates.length === 0 ? [] : [{ reference, candidates }], without: new Map<Candidate, never>() }
      : await groupByReference(candidates, reference, modelRequest, line, signal);
  const standings = new Map<Candidate, Result | NotJudged>();
  for (const [candidate, reason] of without)
    standings.set(candidate, { status: 'not judged', ...reason, loaded: true });
  const results = await runReferencePass(groups, comparison, options, line, signal);
  for (const { candidates: judged } of results)
    for (const [candidate, standing] of judged) standings.set(candidate, standing);
  return { groups: results, standingOf: (candidate) => standings.get(candidate) ?? notTried };
}

/**
 * Ends early, with the groups so far, when the signal is aborted.
 * @param asked `--reference`; undefined: the usual one
 * @throws UserError that says how the command line is wrong
 */
async function groupByReference(
  candidates: readonly Candidate[],
  asked: ReferenceChoice | undefined,
  modelRequest: ModelSupply['modelRequest'],
  line: Progress,
  signal: AbortSignal,
): Promise<Grouped> {
  const supply: ModelSupply = { modelRequest, ...preparing(line, signal) };
  const without = new Map<Candidate, WithoutReference>();
  const groups = new Map<string, Grouped['groups'][number]>();
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
