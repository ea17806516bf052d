/**
 * Energy per token, from samples of a meter that counts joules. The energy of a span is the difference of the counter at its edges,
 * interpolated between the samples before and after; what the machine takes at rest is subtracted, and both figures are kept.
 */

import type { ConditionsRecord } from '../../log/records/certificate-records.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { energyLimits } from '../limits.ts';

const { samplingErrorAtMost } = energyLimits;

export interface EnergyFigures {
  meter: string;
  /** Mean power at rest before the engine started; null where it was not watched. */
  idleWatts: number | null;
  prefill: EnergyPerToken | null;
  decode: EnergyPerToken | null;
}

export interface EnergyPerToken {
  /** Joules, with everything that the machine takes. */
  gross: number;
  /** Joules, with the power at rest subtracted; null where that is not known. */
  net: number | null;
  /** Half width of what `gross` may be off, as a share of it: power may have changed between two samples. */
  samplingError: number;
}

export interface EnergySource {
  conditions: readonly ConditionsRecord[];
  measurements: ReadonlyArray<Extract<RunRecord, { type: 'answer' | 'kernel' | 'embedding' }>>;
  device: string | null;
  /** When the engine was started. */
  engineStartNs: number | null;
}

/** Null without a meter, and where nothing was measured. */
export function energyFigures(source: EnergySource): EnergyFigures | null {
  const meters = metersFor(source);
  if (meters.length === 0) return null;
  const samples = samplesOf(source.conditions, meters);
  const idleWatts = powerAtRest(samples, source.engineStartNs);
  const spans = spansOf(source.measurements);
  return {
    meter: meters.join(' + '),
    idleWatts,
    prefill: perToken(samples, spans.prefill, idleWatts),
    decode: perToken(samples, spans.decode, idleWatts),
  };
}

/** Meters of the GPUs for what ran on one; else the processor's before that of the whole machine. */
function metersFor({ conditions, device }: EnergySource): string[] {
  const meters = [...new Set(conditions.flatMap(({ energy }) => Object.keys(energy ?? {})))].sort();
  const of = (kind: string) => meters.filter((meter) => meter.startsWith(kind));
  if (device === null || device === 'server') return [];
  const kinds = device === 'cpu' ? ownMeters : ['NVML', ...ownMeters];
  return kinds.map(of).find((found) => found.length > 0) ?? [];
}

const ownMeters = ['RAPL', 'powermetrics', 'battery', 'Android'];

interface Sample {
  atNs: number;
  joules: number;
}

/** All meters together. A slow one says the same in several records: that is one sample. */
function samplesOf(conditions: readonly ConditionsRecord[], meters: readonly string[]): Sample[] {
  const samples: Sample[] = [];
  for (const { energy } of conditions) {
    const read = meters.flatMap((meter) => energy?.[meter] ?? []);
    const [first] = read;
    if (first === undefined || read.length < meters.length) continue;
    if (first.atNs <= (samples.at(-1)?.atNs ?? Number.NEGATIVE_INFINITY)) continue;
    samples.push({ atNs: first.atNs, joules: read.reduce((sum, { joules }) => sum + joules, 0) });
  }
  return samples;
}

interface Span {
  startNs: number;
  endNs: number;
  tokens: number;
}

function spansOf(measurements: EnergySource['measurements']): { prefill: Span[]; decode: Span[] } {
  const prefill: Span[] = [];
  const decode: Span[] = [];
  for (const record of measurements) {
    if (record.phase !== 'measured') continue;
    if (record.type === 'kernel') {
      const { startNs, durationNs, tokens, test } = record;
      (test === 'pp' ? prefill : decode).push({ startNs, endNs: startNs + durationNs, tokens });
      continue;
    }
    // A text that is embedded is evaluated like a prompt.
    if (record.type === 'embedding') {
      prefill.push({ startNs: record.submitNs, endNs: record.endNs, tokens: record.tokens });
      continue;
    }
    const { submitNs, promptEvaluatedNs, firstTokenNs, lastTokenNs, promptTokens, cachedPromptTokens, tokens } = record;
    if (firstTokenNs === undefined || lastTokenNs === undefined) continue;
    const evaluated = promptTokens - cachedPromptTokens;
    prefill.push({ startNs: submitNs, endNs: promptEvaluatedNs ?? firstTokenNs, tokens: evaluated });
    decode.push({ startNs: firstTokenNs, endNs: lastTokenNs, tokens: tokens - 1 });
  }
  return { prefill, decode };
}

function powerAtRest(samples: readonly Sample[], engineStartNs: number | null): number | null {
  if (engineStartNs === null) return null;
  const before = samples.filter(({ atNs }) => atNs <= engineStartNs);
  const [first, last] = [before[0], before.at(-1)];
  if (first === undefined || last === undefined || last.atNs <= first.atNs) return null;
  return (last.joules - first.joules) / ((last.atNs - first.atNs) / 1e9);
}

/** Null without tokens, where samples do not reach around the spans, and where there are too few of them. */
function perToken(samples: readonly Sample[], spans: readonly Span[], idleWatts: number | null): EnergyPerToken | null {
  let joules = 0;
  let seconds = 0;
  let tokens = 0;
  let squaredErrors = 0;
  for (const span of spans) {
    const [start, end] = [counterAt(samples, span.startNs), counterAt(samples, span.endNs)];
    if (start === null || end === null || span.tokens <= 0) continue;
    joules += end.joules - start.joules;
    seconds += (span.endNs - span.startNs) / 1e9;
    tokens += span.tokens;
    squaredErrors += start.error ** 2 + end.error ** 2;
  }
  if (tokens === 0 || joules <= 0) return null;
  const samplingError = Math.sqrt(squaredErrors) / joules;
  if (samplingError > samplingErrorAtMost) return null;
  return {
    gross: joules / tokens,
    net: idleWatts === null ? null : (joules - idleWatts * seconds) / tokens,
    samplingError,
  };
}

/**
 * The counter at an instant between two samples. A counter never falls, so the truth lies between the two; the farther of
 * them is the most that the interpolation can be off.
 */
function counterAt(samples: readonly Sample[], atNs: number): { joules: number; error: number } | null {
  const next = firstAtOrAfter(samples, atNs);
  const after = samples[next];
  if (after === undefined) return null;
  if (after.atNs === atNs) return { joules: after.joules, error: 0 };
  const before = samples[next - 1];
  if (before === undefined) return null;
  const share = (atNs - before.atNs) / (after.atNs - before.atNs);
  const grown = after.joules - before.joules;
  return { joules: before.joules + share * grown, error: Math.max(share, 1 - share) * grown };
}

function firstAtOrAfter(samples: readonly Sample[], atNs: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.atNs ?? Number.POSITIVE_INFINITY) < atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
