/** A run held against what its host can do at best. */

import type { HardwareLog } from '../../scripts/log/hardware/hardware-log.ts';
import { cacheBytesPerToken, weightBytesPerToken } from '../../scripts/results/figures/metrics.ts';
import {
  arithmeticCeiling,
  type BandwidthCeiling,
  bandwidthCeiling,
  mostThreads,
} from '../../scripts/results/hardware/ceilings.ts';
import { lastCacheOf } from '../../scripts/results/hardware/last-cache.ts';
import {
  activeParameters,
  boundOf,
  longPromptTokens,
  rooflineFlags,
  type Work,
  workOf,
} from '../../scripts/results/hardware/roofline.ts';
import type { Run } from '../logs/run.ts';
import type { rooflineColumns } from './columns/run-roofline.ts';
import type { RunRow } from './columns/runs.ts';
import { wholeSetting } from './settings.ts';

type RooflineFigures = Pick<RunRow, (typeof rooflineColumns)[number]['name']>;

/** Rates of a run, tokens per second, and what they were measured over. */
export interface RunSpeed {
  decode: { tokensPerSecond: number; positions: number } | null;
  prefill: { tokensPerSecond: number; promptTokens: number; isLowerBound: boolean } | null;
}

const giga = 1e9;
const inGiga = (value: number | undefined) => (value === undefined ? null : value / giga);

export function rooflineFigures(run: Run, speed: RunSpeed, hardware: HardwareLog | null): RooflineFigures {
  const { effective, header } = run;
  if (effective === null || (speed.decode === null && speed.prefill === null)) return nothing(null);
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
    hardware_uuid: hardware?.header.uuid ?? null,
    working_set_bytes: speed.decode === null ? null : Math.round(readBytes),
    bandwidth_ceiling_gb_s: inGiga(bandwidth?.perSecond),
    bandwidth_level: bandwidth?.level ?? null,
    bandwidth_method: bandwidth?.method ?? null,
    bandwidth_working_set_bytes: bandwidth?.workingSetBytes ?? null,
    mbu,
    decode_gflop_s: inGiga(decode?.flopsPerSecond),
    decode_flop_per_byte: decode?.flopsPerByte ?? null,
    arithmetic_ceiling_gflop_s: inGiga(arithmetic?.perSecond),
    arithmetic_numbers: arithmetic?.numbers ?? null,
    arithmetic_method: arithmetic?.method ?? null,
    prefill_gflop_s: inGiga(prefill?.flopsPerSecond),
    prefill_flop_per_byte: prefill?.flopsPerByte ?? null,
    mfu,
    decode_bound: bound(decode),
    // A short prompt is bound by neither: whatever computes it leaves most of both idle.
    prefill_bound: atOnce < longPromptTokens ? null : bound(prefill),
    roofline_flags: flags.length === 0 ? null : flags.join(';'),
    roofline_note: noteOf(hardware, { device, threads }, bandwidth),
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

function nothing(note: string | null): RooflineFigures {
  return {
    hardware_uuid: null,
    working_set_bytes: null,
    bandwidth_ceiling_gb_s: null,
    bandwidth_level: null,
    bandwidth_method: null,
    bandwidth_working_set_bytes: null,
    mbu: null,
    decode_gflop_s: null,
    decode_flop_per_byte: null,
    arithmetic_ceiling_gflop_s: null,
    arithmetic_numbers: null,
    arithmetic_method: null,
    prefill_gflop_s: null,
    prefill_flop_per_byte: null,
    mfu: null,
    decode_bound: null,
    prefill_bound: null,
    roofline_flags: null,
    roofline_note: note,
  };
}
