/** Columns of runs.csv that compare a run with the ceilings of its host; empty where no hardware benchmark is near. */
import { columnsOfPart } from '../table.ts';
import type { Roofline } from './speed.ts';

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
