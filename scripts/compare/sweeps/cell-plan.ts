/** Prepares a cell: the plan of its run, or the reason why it cannot run here. */
import { runnableFormats } from '../../engine/engine.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { usableCores } from '../../machine/facts/host.ts';
import type { ModelProgress } from '../../models/model-progress.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { memoryRefusal } from '../../run/fit.ts';
import { engineSettings, modelOrRefusal, planBase, requestOf } from '../../run/prepare.ts';
import { type Refused, refusalBy } from '../../run/refusal.ts';
import type { RunPlan } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import { settingsOfAxes } from '../../settings/settings.ts';
import { namedModel } from '../../workloads/pool/plan.ts';
import { pool } from '../../workloads/pool/workload.ts';
import { defaultQuestionsFile, readQuestions } from '../../workloads/questions/questions.ts';
import { workloadPlan } from '../../workloads/registry.ts';
import { planned } from '../../workloads/workload.ts';
import type { SweepCell } from './cell.ts';
import { type CellOptions, workloadOf } from './cell.ts';
import type { SweepWorld } from './cell-run.ts';
import { contextTokensOf, isInHostMemory, memoryBytes } from './estimate.ts';

/** Settings of every cell of a call. */
export interface CellSettings {
  sweep: string;
  output: string;
  anonymize: boolean;
  /** What the person calls this call of the sweep. */
  tag?: string | undefined;
  /** Longest wait for one answer, for loading, for starting. */
  timeoutSeconds: number;
  offline: boolean;
  hubUrl: string | undefined;
  /** Whether to watch the machine meanwhile. */
  conditions: boolean;
  /** Whether to run cells that do not seem to fit into memory. */
  force: boolean;
  command: readonly string[];
}

export type Prepared = { kind: 'ready'; plan: RunPlan } | ({ kind: 'refused' } & Refused);

/** Prepares one cell after the other; what cells share is looked up once. */
export class CellPlanner {
  readonly #settings: CellSettings;
  readonly #world: SweepWorld;
  readonly #progress: ModelProgress;
  readonly #formats = new Map<string, Promise<readonly string[]>>();
  readonly #models = new Map<string, Promise<ResolvedModel>>();

  constructor(settings: CellSettings, world: SweepWorld, progress: ModelProgress) {
    this.#settings = settings;
    this.#world = world;
    this.#progress = progress;
  }

  /**
   * Fetches or makes the model where it is not there yet.
   * @param attempt how often the cell has been tried before
   * @throws UserError only when it was interrupted
   */
  async prepare(cell: SweepCell, attempt: number, signal: AbortSignal): Promise<Prepared> {
    const { options } = cell;
    const framework = this.#world.frameworkNamed(options.framework);
    try {
      const found = await this.#modelOf(options, framework, signal);
      if (!('model' in found)) return { kind: 'refused', ...found };
      const tooLarge = this.#tooLarge(options, framework, found.model);
      if (tooLarge !== null) return { kind: 'refused', ...tooLarge };
      return { kind: 'ready', plan: await this.#planOf(cell, attempt, framework, found.model) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { kind: 'refused', ...refusalBy(error) };
    }
  }

  #modelOf(options: CellOptions, framework: Framework, signal: AbortSignal) {
    const { offline, hubUrl } = this.#settings;
    return modelOrRefusal(
      framework,
      settingsOfAxes(options),
      (formats) => requestOf(framework, { ...options, offline, hubUrl }, formats),
      {
        formatsOf: (_, device) =>
          once(this.#formats, `${framework.name} ${device}`, () => runnableFormats(framework, device)),
        // The seed makes synthetic weights, and no others.
        resolve: (request) =>
          once(this.#models, JSON.stringify({ ...request, seed: options.synthetic ? options.seed : 0 }), () =>
            this.#world.resolveModel(request, this.#progress, { signal }),
          ),
      },
    );
  }

  #tooLarge(options: CellOptions, framework: Framework, { record }: ResolvedModel): Refused | null {
    if (this.#settings.force || !isInHostMemory(options, framework)) return null;
    return memoryRefusal(memoryBytes(options, record), this.#world.availableBytes());
  }

  async #planOf(cell: SweepCell, attempt: number, framework: Framework, model: ResolvedModel): Promise<RunPlan> {
    const { sweep, timeoutSeconds, conditions } = this.#settings;
    const { options, iteration } = cell;
    const contextTokens = contextTokensOf(options, model.record.contextLength);
    const settings = await engineSettings({ ...settingsOfAxes(options), contextTokens }, framework, model);
    return {
      framework,
      model,
      settings,
      workload: await planOfWorkload(options, framework, model, contextTokens, {
        iteration,
        timeoutSeconds,
        threads: settings.threads,
      }),
      ...planBase({ ...this.#settings, seed: options.seed }),
      warmUp: workloadOf(options) === 'concurrency' ? 0 : options.warmup,
      conditions,
      sweep: { name: sweep, cell: cell.id, iteration, attempt },
    };
  }
}

/** Several answers at a time: clients of a server, else sequences of one engine where it has them, else engines. */
async function planOfWorkload(
  options: CellOptions,
  framework: Framework,
  model: ResolvedModel,
  contextTokens: number,
  { iteration, timeoutSeconds, threads }: { iteration: number; timeoutSeconds: number; threads: number },
): Promise<RunPlan['workload']> {
  const { concurrency, seconds, maxTokens } = options;
  const subject = { model, contextTokens, rounds: 1, firstRound: iteration, timeoutSeconds };
  if (concurrency === undefined) return workloadPlan(settingsOfAxes(options), subject);
  if (framework.concurrent === true) {
    const { warmUpRequests, requestTimeoutSeconds } = defaults.load;
    const shape = { kind: 'concurrency', clients: concurrency } as const;
    const load = {
      load: shape,
      loadSeconds: seconds,
      loadWarmUp: warmUpRequests,
      requestTimeoutSeconds,
    };
    return workloadPlan({ ...settingsOfAxes(options), workload: 'qa', load }, subject);
  }
  const of = { models: [namedModel(model)] };
  return planned(pool, {
    questions: await readQuestions(options.questions ?? defaultQuestionsFile),
    levels: [
      framework.sequences === true
        ? { ...of, kind: 'sequences', engines: 1, sequences: concurrency }
        : { ...of, kind: 'engines', engines: concurrency, sequences: 1 },
    ],
    model: namedModel(model),
    faults: [],
    cycles: 0,
    secondsPerLevel: seconds,
    retries: 0,
    maxTokens,
    // The threads of the cell are what its engines share.
    threads: Math.max(1, Math.floor(threads / (framework.sequences === true ? 1 : concurrency))),
    cores: await usableCores(),
  });
}

/** Forgets a failure, so that the next cell tries it again. */
function once<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    known.set(key, value);
    value.catch(() => known.delete(key));
  }
  return value;
}
