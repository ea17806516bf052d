/** Holds every candidate against its reference: each a run of its own in a fresh process, with a log of its own. */
import type { Progress } from '../../command-line/progress.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { runBenchmark } from '../../run/run.ts';
import { type EngineOptionValues, engineSettings } from '../../run/run-options.ts';
import type { RunContext, RunPlan } from '../../run/run-plan.ts';
import type { QuestionSet } from '../questions/questions.ts';
import { type Candidate, type ChosenReference, nameOf } from '../reference/reference-choice.ts';
import { ReferenceFolder } from '../reference/reference-folder.ts';
import { requireContext } from '../required-context.ts';
import { planned } from '../workload.ts';
import { type ParityExtent, type ParityWish, parityExtent } from './parity-extent.ts';
import { notTried, type ParityStanding, standingOf, withoutReference } from './parity-standing.ts';
import { answerAgainst, answerAsReference, type OnStep, type Reference } from './parity-workload.ts';
import { parity } from './workload.ts';

/** Candidates that are held against one and the same reference. */
export interface ParityGroup {
  reference: ChosenReference;
  candidates: readonly Candidate[];
}

export interface ParityPassOptions
  extends EngineOptionValues,
    ParityWish,
    Pick<RunPlan, 'seed' | 'timeoutMs' | 'output' | 'anonymize' | 'command'> {
  questionSet: QuestionSet;
  /** uuid of the session that the runs belong to. */
  session: string;
}

export interface ParityGroupResult {
  reference: ChosenReference;
  /** How much was asked. */
  questions: number;
  maxTokens: number;
  /** Of the reference, held against itself. */
  standing: ParityStanding;
  candidates: ReadonlyMap<Candidate, ParityStanding>;
}

/** @throws UserError when no log can be written, or an option is one that a framework does not have */
export async function runParityPass(
  groups: readonly ParityGroup[],
  options: ParityPassOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<ParityGroupResult[]> {
  const pass = new ParityPass(groups, options, line, signal);
  const results: ParityGroupResult[] = [];
  for (const group of groups) results.push(await pass.run(group));
  return results;
}

class ParityPass {
  readonly #options: ParityPassOptions;
  readonly #line: Progress;
  readonly #signal: AbortSignal;
  /** Answers that are to be made and scored, and those that have been. */
  readonly #total: number;
  #done = 0;
  /** Place of the next run in the session. */
  #order = 0;

  constructor(groups: readonly ParityGroup[], options: ParityPassOptions, line: Progress, signal: AbortSignal) {
    this.#options = options;
    this.#line = line;
    this.#signal = signal;
    this.#total = groups.reduce((sum, group) => sum + this.#answersOf(group), 0);
  }

  async run({ reference: chosen, candidates }: ParityGroup): Promise<ParityGroupResult> {
    const extent = this.#extentOf(chosen);
    this.#line.stage(`checking parity with ${nameOf(chosen)}`);
    using folder = new ReferenceFolder();
    let reference: Reference | undefined;
    const standing = await this.#hold(chosen, chosen, extent, async (context, onStep) => {
      reference = await answerAsReference(context, { parity: extent, folder, note: chosen.note }, onStep);
    });
    const standings = new Map<Candidate, ParityStanding>();
    for (const candidate of candidates) {
      const expected = reference;
      if (this.#isReference(candidate, chosen)) standings.set(candidate, standing);
      else if (expected === undefined) standings.set(candidate, withoutReference(nameOf(chosen), standing));
      else {
        const held = await this.#hold(candidate, chosen, extent, (context, onStep) =>
          answerAgainst(context, expected, onStep),
        );
        standings.set(candidate, held);
      }
    }
    const questions = extent.questions.questions.length;
    return { reference: chosen, questions, maxTokens: extent.maxTokens, standing, candidates: standings };
  }

  async #hold(
    run: Pick<Candidate, 'framework' | 'model'>,
    reference: ChosenReference,
    extent: ParityExtent,
    body: (context: RunContext, onStep: OnStep) => Promise<void>,
  ): Promise<ParityStanding> {
    if (this.#signal.aborted) return notTried;
    const { framework, model } = run;
    const { seed, timeoutMs, output, anonymize, command, session } = this.#options;
    const engine = run === reference ? referenceOptions(this.#options, framework) : this.#options;
    const settings = await engineSettings(engine, framework, model);
    requireContext(extent.maxTokens + 1, settings.contextTokens);
    const detail = `${framework.title} ${model.record.quantization.got}`;
    this.#line.update(this.#done, this.#total, detail);
    const work = (context: RunContext) => body(context, () => this.#line.update(++this.#done, this.#total, detail));
    const outcome = await runBenchmark(
      {
        framework,
        model,
        settings,
        workload: planned(parity, { ...extent, reference: reference.name, work }),
        seed,
        warmUp: 0,
        timeoutMs,
        output,
        anonymize,
        command,
        session: { uuid: session, order: this.#order++, iteration: 0 },
      },
      { stage: () => {}, progress: () => {} },
      this.#signal,
    );
    return standingOf(outcome, nameOf(reference));
  }

  #extentOf(reference: ChosenReference): ParityExtent {
    return parityExtent(this.#options.questionSet, reference.model.record, this.#options);
  }

  /** The reference answers twice. */
  #answersOf({ reference, candidates }: ParityGroup): number {
    const others = candidates.filter((candidate) => !this.#isReference(candidate, reference));
    return (2 + others.length) * this.#extentOf(reference).questions.questions.length;
  }

  /** The same framework on the same file, with settings that change no number. */
  #isReference({ framework, model }: Candidate, reference: ChosenReference): boolean {
    const { precision, compile, deviceCount } = this.#options;
    const plain = precision === 'auto' && !compile && deviceCount === 1;
    return plain && framework === reference.framework && model.path === reference.model.path;
  }
}

/** What the reference does not have, or what would change its numbers, is not asked of it. */
export function referenceOptions(options: EngineOptionValues, { devices }: Framework): EngineOptionValues {
  const device = devices.includes(options.device) ? options.device : 'auto';
  return { ...options, device, precision: 'auto', compile: false, deviceCount: 1 };
}
