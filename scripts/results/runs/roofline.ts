/** Columns of runs.csv that compare a run with the ceilings of its host; empty where no hardware benchmark is near. */
import type { HardwareLog } from '../../log/hardware/hardware-log.ts';
import { wholeSetting } from '../../log/record-fields.ts';
import { cacheBytesPerToken, weightBytesPerToken } from '../figures/metrics.ts';
import {
  type ArithmeticCeiling,
  arithmeticCeiling,
  type BandwidthCeiling,
  bandwidthCeiling,
  mostThreads,
} from '../hardware/ceilings.ts';
import { lastCacheOf } from '../hardware/last-cache.ts';
import { activeParameters, boundOf, longPromptTokens, rooflineFlags, type Work, workOf } from '../hardware/roofline.ts';
import type { Run } from '../run.ts';
import { columnsOfPart } from '../table.ts';
import type { RunSpeed } from './speed.ts';

export interface Roofline {
  hardwareUuid: string | null;
  workingSetBytes: number | null;
  bandwidth: BandwidthCeiling | null;
  arithmetic: ArithmeticCeiling | null;
  decode: Work | null;
  prefill: Work | null;
  mbu: number | null;
  mfu: number | null;
  decodeBound: ReturnType<typeof boundOf> | null;
  prefillBound: ReturnType<typeof boundOf> | null;
  flags: string[];
  /** Why there is no ceiling. */
  note: string | null;
}

export interface OfRoofline {
  /** Null where nothing was decoded or prefilled. */
  roofline: Roofline | null;
}

const { text, bytes, number } = columnsOfPart(({ roofline }: OfRoofline) => roofline);

export const rooflineColumns = [
  text(
    'hardware_uuid',
    'Hardware benchmark',
    'the complete one of the same host and CPU that is closest in time, at most a day away',
  ).at('hardwareUuid'),
  bytes(
    'working_set_bytes',
    'Working set',
    'bytes that a decoded token reads: weights, and keys and values of the mean number of positions',
  ).at('workingSetBytes'),
  number(
    'bandwidth_ceiling_gb_s',
    'GB/s',
    'Bandwidth ceiling',
    'read bandwidth measured on this device, with as many threads, at a working set of this size; decimal GB',
  ).of(({ bandwidth }) => inGiga(bandwidth?.perSecond)),
  text(
    'bandwidth_level',
    'Ceiling of',
    'memory; cache where the working set fits into the last cache; mixed where it does not, but a good part of what was read did; empty where the size of the cache is not known',
  ).of(({ bandwidth }) => bandwidth?.level),
  text('bandwidth_method', 'Bandwidth measured with', 'with what the ceiling was measured').of(
    ({ bandwidth }) => bandwidth?.method,
  ),
  bytes(
    'bandwidth_working_set_bytes',
    'Bandwidth measured over',
    'bytes that were read again and again, the largest measured size that is no larger than the working set',
  ).of(({ bandwidth }) => bandwidth?.workingSetBytes),
  number('mbu', '', 'MBU', 'memory throughput / bandwidth ceiling; model bandwidth utilisation').at('mbu'),
  number(
    'decode_gflop_s',
    'GFLOP/s',
    'Arithmetic of decoding',
    '2 x active parameters x decode rate (tg rate in the kernel workload)',
  ).of(({ decode }) => inGiga(decode?.flopsPerSecond)),
  number('decode_flop_per_byte', 'FLOP/B', 'Intensity of decoding', '2 x active parameters / working set').of(
    ({ decode }) => decode?.flopsPerByte,
  ),
  number(
    'arithmetic_ceiling_gflop_s',
    'GFLOP/s',
    'Arithmetic ceiling',
    'greatest arithmetic measured on this device, with as many threads, in numbers that weights of these bits allow',
  ).of(({ arithmetic }) => inGiga(arithmetic?.perSecond)),
  text('arithmetic_numbers', 'Numbers', 'f32, f16 or int8: those of the arithmetic ceiling').of(
    ({ arithmetic }) => arithmetic?.numbers,
  ),
  text('arithmetic_method', 'Arithmetic measured with', 'with what the ceiling was measured').of(
    ({ arithmetic }) => arithmetic?.method,
  ),
  number(
    'prefill_gflop_s',
    'GFLOP/s',
    'Arithmetic of prefill',
    '2 x active parameters x prefill rate (pp rate in the kernel workload)',
  ).of(({ prefill }) => inGiga(prefill?.flopsPerSecond)),
  number(
    'prefill_flop_per_byte',
    'FLOP/B',
    'Intensity of prefill',
    '2 x active parameters x tokens evaluated at once / weight bytes',
  ).of(({ prefill }) => prefill?.flopsPerByte),
  number('mfu', '', 'MFU', 'arithmetic of prefill / arithmetic ceiling; model FLOP utilisation').at('mfu'),
  text(
    'decode_bound',
    'Decoding is bound by',
    'memory, mixed, cache or arithmetic: the lowest ceiling at its intensity; empty where the size of the cache is not known',
  ).at('decodeBound'),
  text(
    'prefill_bound',
    'Prefill is bound by',
    'the same for the prompt; empty for prompts below 128 tokens, which leave most of the arithmetic idle',
  ).at('prefillBound'),
  text(
    'roofline_flags',
    'Flags',
    'above_bandwidth_ceiling, above_arithmetic_ceiling (faults), decode_far_below_ceiling, prefill_far_below_ceiling (suspected fallback; prompts of 128 tokens or more), fits_in_cache; separated by semicolons',
  ).of(({ flags }) => flags.join(';') || null),
  text('roofline_note', 'Why no ceiling', 'in words, where MBU or MFU is absent').at('note'),
] as const;

function inGiga(value: number | undefined): number | null {
  return value === undefined ? null : value / 1e9;
}

export function rooflineOf(run: Run, speed: RunSpeed): Roofline | null {
  const { effective, header, hardware } = run;
  if (effective === null || (speed.decode === null && speed.prefill === null)) return null;
  const { model } = header;
  const weightBytes = weightBytesPerToken(model, effective);
  const parameters = activeParameters(model);
  const readBytes = weightBytes + cacheBytesPerToken(effective, speed.decode?.positions ?? 0);
  const atOnce = Math.min(
    speed.prefill?.promptTokens ?? 0,
    wholeSetting(effective.settings, 'batchTokens') ?? Number.POSITIVE_INFINITY,
  );
  const decode = speed.decode === null ? null : workOf(parameters, speed.decode.tokensPerSecond, 1, readBytes);
  const prefill =
    speed.prefill === null ? null : workOf(parameters, speed.prefill.tokensPerSecond, atOnce, weightBytes);

  const { device } = effective;
  const threads = wholeSetting(effective.settings, 'threads');
  const measured = hardware?.measurements ?? [];
  const lastCache = hardware === null ? null : lastCacheOf(hardware.machine, measured, threads);
  const bandwidth = bandwidthCeiling(measured, {
    device,
    threads,
    workingSetBytes: readBytes,
    lastCache,
  });
  const bitsPerWeight = effective.weights?.bitsPerWeight ?? model.effectiveBitsPerWeight;
  const arithmetic = arithmeticCeiling(measured, { device, threads, bitsPerWeight });
  const mbu = mbuOf(speed, readBytes, bandwidth);
  const mfu = prefill === null || arithmetic === null ? null : prefill.flopsPerSecond / arithmetic.perSecond;
  const bound = (work: Work | null) =>
    work === null || bandwidth === null || arithmetic === null ? null : boundOf(work, bandwidth, arithmetic);
  const flags = rooflineFlags({
    mbu,
    mfu,
    level: bandwidth?.level ?? null,
    promptTokens: atOnce,
    prefillIsLowerBound: speed.prefill?.isLowerBound ?? false,
  });
  return {
    hardwareUuid: hardware?.header.uuid ?? null,
    workingSetBytes: speed.decode === null ? null : Math.round(readBytes),
    bandwidth,
    arithmetic,
    decode,
    prefill,
    mbu,
    mfu,
    decodeBound: bound(decode),
    // A short prompt is bound by neither: whatever computes it leaves most of both idle.
    prefillBound: atOnce < longPromptTokens ? null : bound(prefill),
    flags,
    note: noteOf(hardware, { device, threads }, bandwidth),
  };
}

function mbuOf({ decode }: RunSpeed, readBytes: number, ceiling: BandwidthCeiling | null): number | null {
  return decode === null || ceiling === null ? null : (readBytes * decode.tokensPerSecond) / ceiling.perSecond;
}

function noteOf(
  hardware: HardwareLog | null,
  { device, threads }: { device: string; threads: number | null },
  bandwidth: BandwidthCeiling | null,
): string | null {
  if (hardware === null) return 'no hardware benchmark of this host within a day of the run';
  if (bandwidth !== null) return null;
  if (device === 'server') return 'what a server computes on is not known';
  if (device !== 'cpu' || mostThreads(hardware.measurements) === null) {
    return `the hardware benchmark measured nothing on ${device}`;
  }
  if (threads === null) return 'the run does not say how many threads it had, and ceilings are those of its threads';
  return `the hardware benchmark measured nothing with ${threads} ${threads === 1 ? 'thread' : 'threads'}; it does with hardware-benchmark.ts --threads ${threads}`;
}
