/** Compares every candidate with its reference: each a run of its own in a fresh process, with a log of its own. */
import { isDeepStrictEqual } from 'node:util';
import type { Progress } from '../../command-line/progress.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { configured } from '../../frameworks/registry.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { engineSettings, type PlanBase } from '../../run/prepare.ts';
import { type RunOutcome, runBenchmark } from '../../run/run.ts';
import type { EngineOptionValues } from '../../run/run-options.ts';
import type { PlannedWorkload, RunContext } from '../../run/run-plan.ts';
import { requireContext } from '../workload.ts';
import { type Candidate, type ChosenReference, nameOf } from './reference-choice.ts';
import { ReferenceFolder } from './reference-folder.ts';

export interface PassOptions extends EngineOptionValues, PlanBase {
  /** uuid of the session that the runs belong to. */
  session: string;
}

/** Candidates that are compared with one and the same reference; null: with nothing. */
export interface ReferenceGroup {
  reference: ChosenReference | null;
  candidates: readonly Candidate[];
}

/** A run without a result: why, and what helps. */
export interface NotJudged {
  status: 'not judged';
  cause: 'missing' | 'failed' | 'interrupted';
  reason: string;
  remedy: string | null;
  /** Whether the model was loaded, so that measuring it is worth a try. */
  loaded: boolean;
}

export const notTried: NotJudged = {
  status: 'not judged',
  cause: 'interrupted',
  reason: 'stopped before its turn',
  remedy: null,
  loaded: false,
};

export interface GroupOutcome<Result> {
  reference: ChosenReference | null;
  /** The outcome of the reference's own run; null where there is none. */
  standing: Result | NotJudged | null;
  candidates: ReadonlyMap<Candidate, Result | NotJudged>;
}

/** @param total steps of this run */
type OnStep = (done: number, total: number) => void;

/** One run, by what it may be: the reference, compared with it, or alone. */
interface ComparedRun<Reference> {
  /** The context that it needs, in tokens, and the one it asks for where no other is. */
  neededTokens: number;
  context?: number;
  planned(work: (context: RunContext) => Promise<void>): PlannedWorkload;
  asReference(context: RunContext, folder: ReferenceFolder, note: string | null, onStep: OnStep): Promise<Reference>;
  against(context: RunContext, folder: ReferenceFolder, reference: Reference, onStep: OnStep): Promise<void>;
  alone(context: RunContext, folder: ReferenceFolder, onStep: OnStep): Promise<void>;
}

/** What is compared: greedy answers, or the likelihood of a text. */
export interface Comparison<Reference, Result> {
  /** What the progress line says of a group. */
  stage(reference: ChosenReference | null): string;
  /** @param reference null: nothing is compared */
  run(model: ResolvedModel, reference: ChosenReference | null): ComparedRun<Reference>;
  /** Undefined where the log has none. @param reference name of what the run was compared with */
  result(outcome: RunOutcome, reference: string | null): Result | undefined;
}

/** @throws UserError when no log can be written, or an option is one that a framework does not have */
export async function runReferencePass<Reference, Result>(
  groups: readonly ReferenceGroup[],
  comparison: Comparison<Reference, Result>,
  options: PassOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<Array<GroupOutcome<Result>>> {
  const { seed, timeoutMs, vocabularies, output, anonymize, tag, command, session } = options;
  const base: PlanBase = { seed, timeoutMs, vocabularies, output, anonymize, tag, command };
  const runs = groups.reduce((sum, group) => sum + runsOf(group, options), 0);
  const results: Array<GroupOutcome<Result>> = [];
  /** Place of the next run in the session. */
  let order = 0;
  type Work = (run: ComparedRun<Reference>, context: RunContext, onStep: OnStep) => Promise<void>;

  const compare = async (
    run: Pick<Candidate, 'framework' | 'model'>,
    reference: ChosenReference | null,
    work: Work,
  ): Promise<Result | NotJudged> => {
    if (signal.aborted) return notTried;
    const { framework, model } = run;
    const compared = comparison.run(model, reference);
    const asked = { ...options, contextTokens: options.contextTokens ?? compared.context };
    const engine = run === reference ? referenceOptions(asked, framework) : asked;
    const settings = await engineSettings(engine, framework, model);
    requireContext(compared.neededTokens, settings.contextTokens);
    const place = order++;
    const detail = `${framework.title} ${model.record.quantization.got}`;
    const onStep: OnStep = (done, total) => line.update(place * total + done, runs * total, detail);
    const outcome = await runBenchmark(
      {
        ...base,
        framework,
        model,
        settings,
        workload: compared.planned((context) => work(compared, context, onStep)),
        warmUp: 0,
        session: { uuid: session, order: place, iteration: 0 },
      },
      { stage: () => {}, progress: () => {} },
      signal,
    );
    const result = comparison.result(outcome, reference === null ? null : nameOf(reference));
    return outcome.end.status === 'completed' && result !== undefined ? result : notJudged(outcome);
  };

  for (const { reference: chosen, candidates } of groups) {
    line.stage(comparison.stage(chosen));
    using folder = new ReferenceFolder();
    const outcomes = new Map<Candidate, Result | NotJudged>();
    let reference: Reference | undefined;
    const standing =
      chosen === null
        ? null
        : await compare(chosen, chosen, async (run, context, onStep) => {
            reference = await run.asReference(context, folder, chosen.note, onStep);
          });
    for (const candidate of candidates) {
      const expected = reference;
      if (chosen === null || standing === null) {
        outcomes.set(
          candidate,
          await compare(candidate, null, (run, context, onStep) => run.alone(context, folder, onStep)),
        );
      } else if (isReference(candidate, chosen, options)) outcomes.set(candidate, standing);
      else if (expected === undefined) outcomes.set(candidate, withoutReference(nameOf(chosen), standing));
      else {
        const held = await compare(candidate, chosen, (run, context, onStep) =>
          run.against(context, folder, expected, onStep),
        );
        outcomes.set(candidate, held);
      }
    }
    results.push({ reference: chosen, standing, candidates: outcomes });
  }
  return results;
}

/** What the reference does not have, or what would change its numbers, is not asked of it. */
function referenceOptions(options: EngineOptionValues, { devices }: Framework): EngineOptionValues {
  const device = devices.includes(options.device) ? options.device : 'auto';
  return { ...options, device, precision: 'auto', compile: false, deviceCount: 1 };
}

function runsOf({ reference, candidates }: ReferenceGroup, options: PassOptions): number {
  if (reference === null) return candidates.length;
  return 1 + candidates.filter((candidate) => !isReference(candidate, reference, options)).length;
}

/** The same framework on the same file, with settings that change no number. */
function isReference({ framework, model }: Candidate, reference: ChosenReference, options: PassOptions): boolean {
  const { precision, compile, deviceCount } = options;
  const plain = precision === 'auto' && !compile && deviceCount === 1;
  return plain && isSameFramework(framework, reference.framework, options) && model.path === reference.model.path;
}

/** A candidate carries its options with it, the reference gets them from the command. */
function isSameFramework(candidate: Framework, reference: Framework, options: PassOptions): boolean {
  const givenOf = (framework: Framework) => framework.given ?? configured(framework, options).given;
  return candidate.name === reference.name && isDeepStrictEqual(givenOf(candidate), givenOf(reference));
}

function notJudged({ records, end }: RunOutcome): NotJudged {
  return {
    status: 'not judged',
    cause: end.status === 'completed' ? 'failed' : end.status,
    reason: end.error?.message ?? 'there is no result in its log',
    remedy: end.error?.remedy ?? null,
    loaded: records.some(({ type }) => type === 'effective'),
  };
}

/** A run that was not tried, because there is nothing to compare it with. */
function withoutReference<Result>(reference: string, standing: Result | NotJudged): Result | NotJudged {
  if (!isNotJudged(standing)) return standing;
  return { ...standing, reason: `the reference ${reference} did not run: ${standing.reason}`, loaded: true };
}

export function isNotJudged(outcome: unknown): outcome is NotJudged {
  return typeof outcome === 'object' && outcome !== null && 'status' in outcome && outcome.status === 'not judged';
}
