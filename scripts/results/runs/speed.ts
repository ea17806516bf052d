/**
 * The rates at which a run read its prompts and generated, of its questions or of its kernel tests, and how near to the ceilings of
 * its host that is.
 */

import type { HardwareLog } from '../../log/hardware/hardware-log.ts';
import { wholeSetting } from '../../log/record-fields.ts';
import { mean } from '../../statistics/statistics.ts';
import type { KernelFigures } from '../../workloads/kernel/tables.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';
import {
  cacheBytesPerToken,
  meanAttendedPositions,
  newPromptTokens,
  type RunRates,
  weightBytesPerToken,
} from '../figures/metrics.ts';
import { arithmeticCeiling, type BandwidthCeiling, bandwidthCeiling, mostThreads } from '../hardware/ceilings.ts';
import { lastCacheOf } from '../hardware/last-cache.ts';
import { activeParameters, boundOf, longPromptTokens, rooflineFlags, type Work, workOf } from '../hardware/roofline.ts';
import type { Run } from '../run.ts';

/** Rates of a run, tokens per second, and what they were measured over. */
export interface RunSpeed {
  decode: { tokensPerSecond: number; positions: number } | null;
  prefill: { tokensPerSecond: number; promptTokens: number; isLowerBound: boolean } | null;
}

export function speedOf(measured: readonly AnswerRecord[], rates: RunRates, kernel: KernelFigures): RunSpeed {
  const { pp, tg } = kernel;
  const { decodeTokensPerSecond: decode, prefillTokensPerSecond: prefill } = rates;
  return {
    decode:
      decode !== null
        ? { tokensPerSecond: decode, positions: meanAttendedPositions(measured) }
        : tg !== null
          ? // The i-th token attends to all before it and to itself.
            { tokensPerSecond: mean(tg.rates), positions: (pp?.depth ?? tg.depth) + (tg.tokens + 1) / 2 }
          : null,
    prefill:
      prefill !== null
        ? {
            tokensPerSecond: prefill,
            promptTokens: mean(measured.map(newPromptTokens)),
            isLowerBound: rates.prefillIsLowerBound,
          }
        : pp !== null
          ? { tokensPerSecond: mean(pp.rates), promptTokens: pp.tokens, isLowerBound: false }
          : null,
  };
}

export type Roofline = NonNullable<ReturnType<typeof rooflineOf>>;

/** What a run did beside the ceilings of its host. Null where nothing was decoded or prefilled. */
export function rooflineOf(run: Run, speed: RunSpeed) {
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
    // A short prompt is bound by neither: no matter what computes it, it leaves most of both idle.
    prefillBound: atOnce < longPromptTokens ? null : bound(prefill),
    flags,
    // Why there is no ceiling.
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
