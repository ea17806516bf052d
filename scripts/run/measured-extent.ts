/** Was there enough to measure: time enough, and a model large enough that its weights decide? */
import type { Header, RunRecord, WarningRecord } from '../log/run-log-format.ts';
import { measuredWorkNs } from '../results/figures/measured-window.ts';
import { defaults } from '../settings/defaults.ts';
import type { WorkloadTraits } from './run-plan.ts';

/**
 * Below so many parameters the cost of handing a token over weighs as much as computing it: of our own shapes in 8 bits, on two
 * cores, llama.cpp from here reached 0.56 of its own rate with 15 million parameters and 0.86 with 135 million.
 */
const toyParameters = 50e6;

export function extentWarnings(
  header: Header,
  records: readonly RunRecord[],
  { extent }: WorkloadTraits,
): WarningRecord[] {
  if (extent === undefined) return [];
  const workNs = measuredWorkNs(records);
  if (workNs === null) return [];
  const isServed = records.some((record) => record.type === 'answer' && record.served !== undefined);
  // A server is asked one round unless more are named: it may keep prompts.
  const more = isServed ? 'more rounds with --iterations N' : extent.more;
  return [...shortWarnings(header, workNs / 1e9, extent.done, more), ...toyWarnings(header)];
}

function shortWarnings({ requested }: Header, seconds: number, done: string, more: string): WarningRecord[] {
  const asked = Number(requested.minSeconds ?? 0);
  const least = asked > 0 ? asked : defaults.minSeconds;
  if (seconds >= least) return [];
  return [
    {
      type: 'warning',
      code: 'short_measurement',
      message: `${done} for ${seconds.toPrecision(2)} s only, less than ${least} s: noise of the machine weighs more; ${more}`,
    },
  ];
}

function toyWarnings({ model }: Header): WarningRecord[] {
  if (model.parameters === 0 || model.parameters >= toyParameters) return [];
  const millions = (model.parameters / 1e6).toPrecision(2);
  return [
    {
      type: 'warning',
      code: 'toy_model',
      message: `${model.name} has ${millions} million parameters: below ${toyParameters / 1e6} million the cost of each step weighs as much as the weights, so its rates rank overheads and say little of larger models`,
    },
  ];
}
