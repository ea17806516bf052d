/** Every framework with every format of the weights beside its reference: the flow of parity.ts and of perplexity.ts. */
import { randomUUID } from 'node:crypto';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
import type { Progress } from '../../command-line/progress.ts';
import { requireWritable } from '../../log/run-log.ts';
import { requireKnownSize } from '../../models/model-options.ts';
import { modelRequestsOf, planBase, preparing, withWork } from '../../run/prepare.ts';
import type { NotRun } from '../../run/refusal.ts';
import { chooseFrameworks, type EngineOptionValues } from '../../run/run-options.ts';
import { type ComparedTrial, resolveTrials } from '../trials.ts';
import {
  type Comparison,
  type GroupOutcome,
  isNotJudged,
  type NotJudged,
  notTried,
  type PassOptions,
  type ReferenceGroup,
  runReferencePass,
} from './pass.ts';
import { type Candidate, chooseReference, type ModelSupply, type ReferenceChoice } from './reference-choice.ts';

/** What the options of a command say. */
type TrialOptions = EngineOptionValues &
  Parameters<typeof planBase>[0] &
  Parameters<typeof modelRequestsOf>[0] & {
    frameworks?: readonly string[] | undefined;
    quantize: readonly string[];
    /** False: nothing is compared. */
    reference?: ReferenceChoice | false | undefined;
  };

interface TrialOutcomes<Result> {
  /** uuid of the session that the runs belong to. */
  session: string;
  cells: ComparedTrial[];
  groups: ReadonlyArray<GroupOutcome<Result>>;
  /** The outcome of each trial that could be run. */
  outcomes: ReadonlyMap<ComparedTrial, Result | NotJudged>;
  /** Frameworks that do not work here. */
  notRun: NotRun[];
  interrupted: boolean;
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export async function compareTrials<Reference, Result>(
  options: TrialOptions,
  comparison: Comparison<Reference, Result>,
): Promise<TrialOutcomes<Result>> {
  requireWritable(options.output);
  const signal = interruptSignal('Stopping; the logs so far are kept.');
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto'], options);
  const modelRequest = modelRequestsOf(options);
  const session = randomUUID();
  const reference = options.reference === false ? null : options.reference;
  return withWork(
    'preparing',
    async ({ line }) => {
      const trials = { ...options, frameworks: chosen, quantizations: options.quantize, modelRequest };
      const { cells, runnable } = await resolveTrials(trials, line, signal);
      const passOptions = { ...options, ...planBase(options), reference, modelRequest, session };
      const { groups, outcomeOf } = await compareWithReferences(runnable, comparison, passOptions, line, signal);
      const outcomes = new Map(runnable.map((trial) => [trial.compared, outcomeOf(trial)]));
      return { session, cells, groups, outcomes, notRun, interrupted: signal.aborted };
    },
    signal,
  );
}

/** Parts trials that have a result from those that have none, each of these with its reason. */
export function partOutcomes<Result>(
  cells: readonly ComparedTrial[],
  outcomeOf: (cell: ComparedTrial) => Result | NotJudged | null | undefined,
): { judged: Array<{ cell: ComparedTrial; outcome: Result }>; notJudged: NotRun[] } {
  const judged: Array<{ cell: ComparedTrial; outcome: Result }> = [];
  const notJudged: NotRun[] = [];
  for (const cell of cells) {
    const { framework, quantize, problems } = cell;
    notJudged.push(...problems.map((problem) => ({ framework, quantize, ...problem })));
    const outcome = outcomeOf(cell);
    if (isNotJudged(outcome)) notJudged.push(notRunBy(cell, outcome));
    else if (outcome !== null && outcome !== undefined) judged.push({ cell, outcome });
  }
  return { judged, notJudged };
}

export function notRunBy(
  { framework, quantize }: Pick<NotRun, 'framework' | 'quantize'>,
  { cause: status, reason, remedy }: NotJudged,
): NotRun {
  return { framework, quantize, status, reason, remedy };
}

export interface ReferenceOptions extends PassOptions {
  /** `--reference`; undefined: the usual one; null: nothing is compared. */
  reference?: ReferenceChoice | null | undefined;
  modelRequest: ModelSupply['modelRequest'];
}

/**
 * Finds the reference of each candidate, puts together those that have the same, and compares them.
 * @throws UserError when no log can be written, or an option does not go with the framework or the model
 */
export async function compareWithReferences<Reference, Result>(
  candidates: readonly Candidate[],
  comparison: Comparison<Reference, Result>,
  options: ReferenceOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<{
  groups: ReadonlyArray<GroupOutcome<Result>>;
  outcomeOf: (candidate: Candidate) => Result | NotJudged;
}> {
  const outcomes = new Map<Candidate, Result | NotJudged>();
  const supply: ModelSupply = { modelRequest: options.modelRequest, ...preparing(line, signal) };
  const groups = new Map<string, ReferenceGroup & { candidates: Candidate[] }>();
  for (const candidate of candidates) {
    if (signal.aborted) break;
    try {
      const { reference: asked } = options;
      const reference = asked === null ? null : await chooseReference(candidate, asked, supply);
      const key = reference === null ? '' : `${reference.framework.name} ${reference.model.path}`;
      const group = groups.get(key) ?? { reference, candidates: [] };
      group.candidates.push(candidate);
      groups.set(key, group);
    } catch (error) {
      if (signal.aborted) break;
      outcomes.set(candidate, withoutReference(error));
    }
  }
  const results = await runReferencePass([...groups.values()], comparison, options, line, signal);
  for (const { candidates: judged } of results) {
    for (const [candidate, outcome] of judged) outcomes.set(candidate, outcome);
  }
  return { groups: results, outcomeOf: (candidate) => outcomes.get(candidate) ?? notTried };
}

/** @throws error that says how the command line is wrong */
function withoutReference(error: unknown): NotJudged {
  if (!(error instanceof UserError) || error.exitCode === exitCodes.usage) throw error;
  return {
    status: 'not judged',
    cause: error.exitCode === exitCodes.missing ? 'missing' : 'failed',
    reason: `there is no reference for it: ${oneLine(error)}`,
    remedy: error.remedy ?? null,
    loaded: true,
  };
}
