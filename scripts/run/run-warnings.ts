/** A run's doubts about its own numbers, in plain words, each with the option that mends it. */
import { group } from 'd3-array';
import { counted } from '../command-line/format.ts';
import { type Header, type RunRecord, type WarningRecord, warning } from '../log/run-log-format.ts';
import { beyondUsable } from '../machine/facts/usable.ts';
import { checkedFacts } from '../results/figures/checked-facts.ts';
import { measuredWorkNs } from '../results/figures/condition-figures.ts';
import { fallbackTokens } from '../results/figures/metrics.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { defaults } from '../settings/defaults.ts';
import type { AnswerRecord } from '../workloads/questions/records.ts';
import { answerWarnings, timerWarnings } from './answer-warnings.ts';
import { qualityWarnings } from './quality/run-quality.ts';
import { steadinessChecks } from './quality/steadiness-checks.ts';
import type { WorkloadTraits } from './run-plan.ts';
import { serverWarnings } from './server-warnings.ts';

const busyLoadPerCore = 0.7;
const dequantised = 'dequantised_at_load';
/** Narrower numbers in memory are another packing of the quantised ones. */
const floatBits = 16;
/** Scales and tables that are kept wider are no other format. */
const muchWider = 1.1;

/** @param workload what was measured; its own doubts are among the others */
export function runWarnings(records: readonly RunRecord[], workload: WorkloadTraits): WarningRecord[] {
  const answers = records.filter(
    (record): record is AnswerRecord => record.type === 'answer' && record.phase === 'measured',
  );
  const header = records.find((record) => record.type === 'header');
  return [
    ...hostWarnings(records, workload),
    ...threadsWarnings(records),
    ...weightsWarnings(records),
    ...fallbackWarnings(records),
    ...(workload.timesAnswers === false ? [] : answerWarnings(records, answers)),
    ...(header === undefined ? [] : extentWarnings(header, records, workload)),
    ...serverWarnings(records, answers),
    ...(header === undefined ? [] : (workload.warnings?.(header, records) ?? [])),
    ...timerWarnings(records, answers),
  ];
}

function fallbackWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const statistics = records.findLast((record) => record.type === 'statistics');
  const tokens = fallbackTokens(statistics ?? null);
  if (tokens === 0) return [];
  const reason = statistics?.values.fallback_reason;
  const because = typeof reason === 'string' ? `: ${reason}` : '';
  return [
    warning('fallback', `${counted(tokens, 'tokens')} were computed by a fallback and are not comparable${because}`),
  ];
}

/** The load average lags, and counts what came before: it is used only where the run quality does not know the load of others. */
function hostWarnings(records: readonly RunRecord[], { followsRuns }: WorkloadTraits): WarningRecord[] {
  const quality = records.find((record) => record.type === 'certificate');
  const facts = quality === undefined ? checkedFacts(records) : null;
  const warnings = qualityWarnings(quality?.checks ?? (facts === null ? [] : steadinessChecks(facts)));
  const header = records.find((record) => record.type === 'header');
  const { loadAverage1m, physicalCores } = header?.host ?? {};
  const isKnown = quality?.checks.some(({ name, verdict }) => name === 'others_cpu' && verdict !== 'unknown');
  if (followsRuns === true) return warnings;
  if (isKnown === true || typeof loadAverage1m !== 'number' || physicalCores === undefined) return warnings;
  if (loadAverage1m <= busyLoadPerCore * physicalCores) return warnings;
  return [
    ...warnings,
    warning(
      'busy_host',
      `the load average was ${loadAverage1m.toFixed(1)} on ${physicalCores} cores when the run began; close what else runs, or leave it cores with a smaller --threads N, or expect noise`,
    ),
  ];
}

/** Holds for every engine: one that reports the format of its weights in memory need not warn of it too. */
function weightsWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const model = records.find((record) => record.type === 'header')?.model;
  const inMemory = records.findLast((record) => record.type === 'effective')?.weights;
  if (model === undefined || inMemory === undefined) return [];
  const isWider =
    inMemory.bitsPerWeight >= floatBits && inMemory.bitsPerWeight > model.effectiveBitsPerWeight * muchWider;
  const isSaid = records.some((record) => record.type === 'warning' && record.code === dequantised);
  if (!isWider || isSaid) return [];
  const lies = `weights of ${model.quantization.got} lie in memory as ${inMemory.format}, and each costs the memory traffic of that`;
  return [warning(dequantised, lies)];
}

/** Threads without a core of their own take turns. The threads of a server are not known. */
function threadsWarnings(records: readonly RunRecord[]): WarningRecord[] {
  const usable = records.find((record) => record.type === 'header')?.host.usable;
  const effective = records.findLast((record) => record.type === 'effective');
  const threads = effective?.settings.threads;
  if (usable === undefined || typeof threads !== 'number' || effective?.device === 'server') return [];
  const message = beyondUsable(threads, usable);
  return message === null ? [] : [warning('more_threads_than_cores', message)];
}

// Was there enough to measure: time enough, and a model large enough that its weights decide?

/**
 * Below so many parameters the cost of handing a token over weighs as much as computing it: of our own shapes in 8 bits, on two
 * cores, llama.cpp from here reached 0.56 of its own rate with 15 million parameters and 0.86 with 135 million.
 */
const toyParameters = 50e6;

function extentWarnings(header: Header, records: readonly RunRecord[], { extent }: WorkloadTraits): WarningRecord[] {
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
    warning(
      'short_measurement',
      `${done} for ${seconds.toPrecision(2)} s only, less than ${least} s: noise of the machine weighs more; ${more}`,
    ),
  ];
}

function toyWarnings({ model }: Header): WarningRecord[] {
  if (model.parameters === 0 || model.parameters >= toyParameters) return [];
  const millions = (model.parameters / 1e6).toPrecision(2);
  return [
    warning(
      'toy_model',
      `${model.name} has ${millions} million parameters: below ${toyParameters / 1e6} million the cost of each step weighs as much as the weights, so its rates rank overheads and say little of larger models`,
    ),
  ];
}

// The warnings of many runs without their repetitions: each kind once, with the number of runs that have it.

export function commonWarnings(runs: readonly RunSummary[]): string[] {
  const all = runs.flatMap((run) => run.warnings);
  return [...group(all, ({ code }) => code)].map(([, alike]) => {
    const [first] = alike;
    const where =
      runs.length > 1 ? ` (${alike.length} of ${runs.length} runs${alike.length > 1 ? '; the first one' : ''})` : '';
    return `${first?.message ?? ''}${where}`;
  });
}
