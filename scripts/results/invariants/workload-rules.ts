/** What must hold in the logs of one workload, beside what must hold in all logs. */
import type { Header, RunRecord } from '../../log/run-log-format.ts';
import type { LogWatch } from './log-watch.ts';
import type { Spans } from './span-faults.ts';

export interface WorkloadRules {
  /** Record types that it writes beside its own. */
  alsoWrites?: ReadonlyArray<RunRecord['type']>;
  /** Record types that stand in a log once. */
  once?: ReadonlyArray<RunRecord['type']>;
  /** What every completed run has measured; where the machine was watched, such a run is certified. */
  result?: RunRecord['type'];
  /** Whether the run starts engines of its own: then its log has no readings of the memory of one. */
  ownEngines?: true;
  watch?(header: Header, spans: Spans): readonly LogWatch[];
}
