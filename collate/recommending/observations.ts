/** What was measured, as predictions learn from it: every group of runs that measured the same thing, with its probe and its work. */
import type { ModelCost } from '../../scripts/results/model-costs.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { centerOf } from '../../scripts/statistics/statistics.ts';
import { type Group, groupRuns } from '../analysis/groups.ts';
import { costOfRun } from './model-costs.ts';
import { probeOf } from './probe.ts';
import type { Measured } from './subject.ts';
import { cacheBytesOf, decodeRateOf, workOfRun } from './work.ts';

/** Answers to questions, or kernel tests: their figures have names of their own and never stand beside each other. */
export type LearntWorkload = 'qa' | 'kernel';

export interface Observation extends Omit<Measured, 'probe'> {
  /** Null where no hardware benchmark of the host measured the device with so many threads: then nothing is learnt from it. */
  probe: Measured['probe'] | null;
  group: Group;
  /** Undefined for a model that is not in the list of known ones. */
  cost: ModelCost | undefined;
}

export interface Results {
  runs: readonly RunRow[];
  hardware: readonly HardwareRow[];
  costs: readonly ModelCost[];
}

export type Learnable = Observation & Measured;

export function isLearnable(observation: Observation): observation is Learnable {
  return observation.probe !== null;
}

/** Groups that may be ranked. */
export function observationsOf({ runs, hardware, costs }: Results, workload: LearntWorkload): Observation[] {
  return groupRuns(runs)
    .filter(({ key }) => key.comparable === true && key.workload === workload && key.device !== 'server')
    .flatMap((group) => observationOf(group, hardware, costs) ?? []);
}

function observationOf(
  group: Group,
  hardware: readonly HardwareRow[],
  costs: readonly ModelCost[],
): Observation | null {
  const [run] = group.runs;
  const { hostname, device, threads, framework, model, quantize } = group.key;
  if (run === undefined || hostname === null || device === null || framework === null || quantize === null) return null;
  const probe = probeOf(hardware, { hostname, device, threads });
  const cost = costOfRun(run, costs);
  const work = workOfRun(run, cost, cost?.layers ?? layersOf(run.parameters ?? 0, costs));
  if (work === null) return null;
  const promptTokens = promptTokensOf(run);
  const [decode, prefill] = [rates(group, decodeRateOf), rates(group, prefillRateOf)];
  const cachePerPosition = work.kvElementsPerPosition * work.kvBytesPerElement;
  return {
    ...{
      hostname,
      device,
      threads,
      framework,
      model: cost?.id ?? model ?? 'unknown',
      quantize,
      probe,
      work,
      group,
      cost,
    },
    positions: cachePerPosition > 0 ? cacheBytesOf(run) / cachePerPosition : 0,
    promptTokens,
    batchTokens: run.batch_tokens ?? Math.max(1, promptTokens),
    contextTokens: run.context_tokens ?? promptTokens,
    runs: group.runs.length,
    decodeSeconds: decode === null ? null : 1 / decode,
    prefillSeconds: prefill === null || promptTokens === 0 ? null : promptTokens / prefill,
    memoryBytes: rates(group, memoryOf),
  };
}

/** Over the runs that passed their quality checks; over all where none did. */
function rates({ runs }: Group, of: (run: RunRow) => number | null): number | null {
  const undisturbed = runs.filter(({ certificate }) => certificate !== 'failed');
  const values = (undisturbed.length > 0 ? undisturbed : runs)
    .flatMap((run) => of(run) ?? [])
    .filter((value) => value > 0);
  return values.length === 0 ? null : centerOf(values);
}

export function prefillRateOf(run: RunRow): number | null {
  return run.workload === 'kernel' ? run.pp_tokens_per_s : run.prefill_tokens_per_s;
}

/** Of the process on a processor, else what the engine says it has on the device. */
export function memoryOf(run: RunRow): number | null {
  return run.device === 'cpu' ? run.peak_rss_bytes : run.device_memory_bytes;
}

function promptTokensOf(run: RunRow): number {
  if (run.workload === 'kernel') return run.n_prompt ?? 0;
  return run.prompt_tokens === null || run.answers === null || run.answers === 0 ? 0 : run.prompt_tokens / run.answers;
}

/** As many layers as the known model has whose size is nearest. */
function layersOf(parameters: number, costs: readonly ModelCost[]): number {
  const distance = (cost: ModelCost) => Math.abs(Math.log(cost.parameters / Math.max(1, parameters)));
  return costs.toSorted((a, b) => distance(a) - distance(b))[0]?.layers ?? 1;
}
