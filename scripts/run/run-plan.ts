/** Everything that decides a run, after the command line and before the first process is started. */
import type { Progress } from '../command-line/progress.ts';
import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { VocabularyLender } from '../engine/vocabulary-process.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { Loaded } from '../frameworks/messages.ts';
import type { Settings } from '../log/record-fields.ts';
import type { Header, RunRecord, WarningRecord } from '../log/run-log-format.ts';
import type { TimeLog } from '../log/time-log.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import type { EngineSettings } from '../settings/settings.ts';

/** How far a run is, for the person who waits: reported between two answers. */
export interface RunReporter {
  stage(label: string): void;
  /** @param total 0 where it is not known */
  progress(done: number, total: number, detail?: string): void;
}

/** On a progress line. */
export function reporterOn(line: Progress): RunReporter {
  return { stage: (label) => line.stage(label), progress: (done, total, detail) => line.update(done, total, detail) };
}

/** What every workload works with. */
interface WorkContext {
  plan: RunPlan;
  header: Header;
  timeLog: TimeLog;
  write: (...records: RunRecord[]) => void;
  reporter: RunReporter;
  /** @throws once the person has asked to stop */
  checkInterrupted: () => void;
}

/** What a workload works with whose run starts the engine and loads the model. */
export interface RunContext extends WorkContext {
  engine: Engine;
  /** Whether this model can show teacher-forced logits. */
  showsLogits: boolean;
  /** Whether it reports log-likelihoods without them. */
  tellsLikelihoods: boolean;
  /** While the work goes on, Ctrl-C asks it to stop, so that it can hand over what it has; else it ends the engine. */
  stoppable: <T>(stop: () => Promise<void>, work: () => Promise<T>) => Promise<T>;
}

/** What a workload works with that starts engines of its own. */
export interface EnginesContext extends WorkContext {
  /** Origin of the run's clock, and that clock. */
  originNs: bigint;
  now: Clock;
  /** Aborted when the person stops the run, and when its log cannot be written any more. */
  signal: AbortSignal;
}

/** The facts about a workload that its run needs, independent of the plan. */
export interface WorkloadTraits {
  /** As `--workload` and the header of a log have it. */
  readonly name: Header['workload'];
  /** Whether the machine is watched meanwhile, so that the run gets its quality checks: where speed is measured. */
  readonly watched?: true;
  /** Whether the work is repeated until the engine is warm. */
  readonly warmsUp?: true;
  /** Whether it is measured at least for a while, and how a warning says that it was not: what was done, and what gives more. */
  readonly extent?: { readonly done: string; readonly more: string };
  /** Whether the answers are timed one by one. False for those that a person asked for. */
  readonly timesAnswers?: false;
  /** Whether it follows other runs and times nothing: then the load average at its start is theirs. */
  readonly followsRuns?: true;
  /** @throws UserError for a framework that cannot do it, before the model is loaded */
  requireFramework?(framework: Framework): void;
  /** @throws UserError for a model that cannot do it, once it is loaded */
  requireLoaded?(abilities: Loaded['abilities'], plan: Pick<RunPlan, 'framework' | 'model'>): void;
  /** Doubts about its own figures. */
  warnings?(header: Header, records: readonly RunRecord[]): WarningRecord[];
}

/** A workload with its plan, as a run carries it; scripts/workloads/workload.ts makes it. */
export type PlannedWorkload = WorkloadTraits & {
  /** What the header keeps of the plan. */
  readonly requested: Settings;
  /** What is asked, where that is a list. */
  readonly questions?: AskedQuestions;
} & (
    | { readonly ownEngines?: never; run(context: RunContext): Promise<void> }
    | { readonly ownEngines: true; run(context: EnginesContext): Promise<void> }
  );

/** A list of questions as the header names it. */
interface AskedQuestions {
  readonly file: string;
  /** As typed; absent for the predefined ones. */
  readonly path?: string;
  readonly sha256: string;
  readonly questions: readonly unknown[];
}

export interface RunPlan {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  workload: PlannedWorkload;
  seed: number;
  /** A number of warm-up answers, or 'auto': until no trend is left. */
  warmUp: number | 'auto';
  timeoutMs: number;
  /** Shared with the other runs of a session; absent: the run starts a process of its own. */
  vocabularies?: VocabularyLender | undefined;
  output: string;
  anonymize: boolean;
  /** What the person calls this measurement. */
  tag?: string | undefined;
  command: readonly string[];
  session?: NonNullable<Header['session']>;
  /** The cell of a sweep that the run is. */
  sweep?: NonNullable<Header['sweep']>;
  /** Doubts about the run that are known before it starts; they are in its log. */
  doubts?: ReadonlyArray<{ code: string; message: string }>;
  /** False: the machine is not watched meanwhile, and the run has no quality checks. */
  conditions?: boolean;
  /** True: when all is measured, the engine says where the time of a token goes. */
  profile?: boolean;
}
