/** Scores a text with every candidate, each a run of its own in a fresh process, with a log of its own. */

import type { Progress } from '../../command-line/progress.ts';
import { runBenchmark } from '../../run/run.ts';
import { type EngineOptionValues, engineSettings } from '../../run/run-options.ts';
import type { RunContext, RunPlan } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import { referenceOptions } from '../parity/parity-pass.ts';
import { type Candidate, type ChosenReference, nameOf } from '../reference/reference-choice.ts';
import { ReferenceFolder } from '../reference/reference-folder.ts';
import { requireContext } from '../required-context.ts';
import { planned } from '../workload.ts';
import { type LikelihoodStanding, notTried, standingOf, withoutReference } from './likelihood-standing.ts';
import { type OnChunk, type Reference, scoreAgainst, scoreAlone, scoreAsReference } from './likelihood-workload.ts';
import type { ScoredText } from './scored-text.ts';
import { perplexity, type TextExtent } from './workload.ts';

/** Candidates that are held against one and the same reference; null: against nothing. */
export interface LikelihoodGroup {
  reference: ChosenReference | null;
  candidates: readonly Candidate[];
}

export interface LikelihoodPassOptions
  extends EngineOptionValues,
    Pick<RunPlan, 'seed' | 'timeoutMs' | 'output' | 'anonymize' | 'command'> {
  text: ScoredText;
  /** Undefined: the usual length, or the model's context if that is shorter. */
  chunkTokens?: number | undefined;
  /** Undefined: all of the text. */
  chunks?: number | undefined;
  /** uuid of the session that the runs belong to. */
  session: string;
}

export interface LikelihoodGroupResult {
  reference: ChosenReference | null;
  /** Of the reference's own run; null where there is none. */
  standing: LikelihoodStanding | null;
  candidates: ReadonlyMap<Candidate, LikelihoodStanding>;
}

/** @throws UserError when no log can be written, or an option is one that a framework does not have */
export async function runLikelihoodPass(
  groups: readonly LikelihoodGroup[],
  options: LikelihoodPassOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<LikelihoodGroupResult[]> {
  const pass = new LikelihoodPass(groups, options, line, signal);
  const results: LikelihoodGroupResult[] = [];
  for (const group of groups) results.push(await pass.run(group));
  return results;
}

type Body = (context: RunContext, plan: TextExtent, folder: ReferenceFolder, onChunk: OnChunk) => Promise<void>;

class LikelihoodPass {
  readonly #options: LikelihoodPassOptions;
  readonly #line: Progress;
  readonly #signal: AbortSignal;
  readonly #runs: number;
  /** Place of the next run in the session. */
  #order = 0;

  constructor(groups: readonly LikelihoodGroup[], options: LikelihoodPassOptions, line: Progress, signal: AbortSignal) {
    this.#options = options;
    this.#line = line;
    this.#signal = signal;
    this.#runs = groups.reduce((sum, group) => sum + this.#runsOf(group), 0);
  }

  async run(group: LikelihoodGroup): Promise<LikelihoodGroupResult> {
    const { reference: chosen, candidates } = group;
    using folder = new ReferenceFolder();
    const standings = new Map<Candidate, LikelihoodStanding>();
    if (chosen === null) {
      for (const candidate of candidates)
        standings.set(candidate, await this.#score(candidate, null, folder, scoreAlone));
      return { reference: null, standing: null, candidates: standings };
    }
    let reference: Reference | undefined;
    const standing = await this.#score(chosen, chosen, folder, async (context, plan, _, onChunk) => {
      reference = await scoreAsReference(context, plan, folder, chosen.note, onChunk);
    });
    for (const candidate of candidates) {
      const expected = reference;
      if (this.#isReference(candidate, chosen)) standings.set(candidate, standing);
      else if (expected === undefined) standings.set(candidate, withoutReference(nameOf(chosen), standing));
      else {
        const held = await this.#score(candidate, chosen, folder, (context, plan, _, onChunk) =>
          scoreAgainst(context, plan, folder, expected, onChunk),
        );
        standings.set(candidate, held);
      }
    }
    return { reference: chosen, standing, candidates: standings };
  }

  async #score(
    run: Pick<Candidate, 'framework' | 'model'>,
    reference: ChosenReference | null,
    folder: ReferenceFolder,
    body: Body,
  ): Promise<LikelihoodStanding> {
    if (this.#signal.aborted) return notTried;
    const { framework, model } = run;
    const { text, chunkTokens: chunk, chunks, seed, timeoutMs, output, anonymize, command, session } = this.#options;
    const chunkTokens = chunk ?? Math.min(defaults.perplexity.chunkTokens, model.record.contextLength);
    const contextTokens = this.#options.contextTokens ?? Math.min(chunkTokens, model.record.contextLength);
    const asked = { ...this.#options, contextTokens };
    const settings = await engineSettings(
      run === reference ? referenceOptions(asked, framework) : asked,
      framework,
      model,
    );
    requireContext(chunkTokens, settings.contextTokens);
    const extent: TextExtent = { text, chunkTokens, chunks: chunks ?? null };
    const order = this.#order++;
    const detail = `${framework.title} ${model.record.quantization.got}`;
    this.#line.stage(`scoring ${text.file}`);
    const work = (running: RunContext) =>
      body(running, extent, folder, (done, total) =>
        this.#line.update(order * total + done, this.#runs * total, detail),
      );
    const outcome = await runBenchmark(
      {
        framework,
        model,
        settings,
        workload: planned(perplexity, { ...extent, reference: reference?.name ?? null, work }),
        seed,
        warmUp: 0,
        timeoutMs,
        output,
        anonymize,
        command,
        session: { uuid: session, order, iteration: 0 },
      },
      { stage: () => {}, progress: () => {} },
      this.#signal,
    );
    return standingOf(outcome, reference === null ? null : nameOf(reference));
  }

  #runsOf({ reference, candidates }: LikelihoodGroup): number {
    if (reference === null) return candidates.length;
    return 1 + candidates.filter((candidate) => !this.#isReference(candidate, reference)).length;
  }

  /** The same framework on the same file, with settings that change no number. */
  #isReference({ framework, model }: Candidate, reference: ChosenReference): boolean {
    const { precision, compile, deviceCount } = this.#options;
    const plain = precision === 'auto' && !compile && deviceCount === 1;
    return plain && framework === reference.framework && model.path === reference.model.path;
  }
}
