/** What the parts of one run share. */
import type { Engine } from '../engine/engine.ts';
import type { Header, RunRecord } from '../log/run-log-format.ts';
import type { TimeLog } from '../log/time-log.ts';
import type { RunPlan } from './run-plan.ts';

/** Told how far a run is, between two answers. */
export interface RunReporter {
  stage(label: string): void;
  /** @param total 0 where it is not known */
  progress(done: number, total: number): void;
}

/** What a workload works with. */
export interface RunContext {
  engine: Engine;
  plan: RunPlan;
  header: Header;
  /** Whether this model can show teacher-forced logits. */
  showsLogits: boolean;
  /** Whether it can tell likelihoods without them. */
  tellsLikelihoods: boolean;
  timeLog: TimeLog;
  write: (...records: RunRecord[]) => void;
  reporter: RunReporter;
  /** @throws once the person has asked to stop */
  checkInterrupted: () => void;
  /** While the work goes on, Ctrl-C asks it to stop, so that it can hand over what it has; else it ends the engine. */
  stoppable: <T>(stop: () => Promise<void>, work: () => Promise<T>) => Promise<T>;
}
