/** What devices do at best with the frameworks' own operators, each in an engine process of its own. */
import { oneLine } from '../command-line/errors.ts';
import { monotonicNow } from '../engine/clock.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import { settingsToAsk } from '../engine/probe.ts';
import type { DeviceCeiling, Framework } from '../frameworks/framework.ts';
import type { FrameworkRecord, Measured, NotMeasured } from '../log/hardware/hardware-log-format.ts';
import { sampled } from './sampling.ts';

export const ceilingTimeoutMs = 120_000;

export interface CeilingRequest {
  framework: Framework;
  device: string;
  threads: number;
}

/** Every device that is no emulation, by every framework that finds it; a processor with each number of threads. */
export function ceilingRequests(
  frameworks: readonly Framework[],
  found: readonly FrameworkRecord[],
  threads: readonly number[],
): CeilingRequest[] {
  return frameworks.filter(runsOperators).flatMap((framework) => {
    const devices = found.find((record) => record.framework === framework.name)?.devices ?? [];
    const kinds = new Set(devices.filter(({ software }) => !software).map(({ kind }) => kind));
    return [...kinds].flatMap((device) =>
      (device === 'cpu' ? threads : [Math.max(...threads)]).map((each) => ({ framework, device, threads: each })),
    );
  });
}

/** Whether it may run single operators; a module in Python is asked when it is there. */
export function runsOperators(framework: Framework): boolean {
  return framework.host === 'python' || (framework.host === 'node' && framework.ceilings !== undefined);
}

/** In an engine of its own. */
export async function frameworkCeilings(request: CeilingRequest): Promise<FoundCeilings> {
  const { framework, device, threads } = request;
  try {
    await using engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings: settingsToAsk(framework, { device, threads }),
      timeoutMs: ceilingTimeoutMs,
      onCheckpoint: () => {},
      onProgress: () => {},
      onPiece: () => {},
    });
    return await ceilingsOf(engine, request);
  } catch (error) {
    return { measured: [], failure: failureOf(error, request) };
  }
}

interface FoundCeilings {
  measured: Measured[];
  failure: NotMeasured | null;
}

/** Nothing from a framework that cannot run single operators. */
export async function ceilingsOf(engine: Engine, request: CeilingRequest): Promise<FoundCeilings> {
  try {
    const ceilings = await engine.ceilings(request.device, request.threads);
    return { measured: ceilings.map((ceiling) => measuredOf(ceiling, request)), failure: null };
  } catch (error) {
    return { measured: [], failure: failureOf(error, request) };
  }
}

function failureOf(error: unknown, { framework, device }: CeilingRequest): NotMeasured {
  return { type: 'not_measured', what: `arithmetic of ${framework.title}`, device, reason: oneLine(error) };
}

function measuredOf(
  { quantity, rates, method, workingSetBytes }: DeviceCeiling,
  { device, threads }: CeilingRequest,
): Measured {
  const unit = quantity.endsWith('bandwidth') ? 'B/s' : quantity === 'int8_arithmetic' ? 'op/s' : 'FLOP/s';
  return {
    quantity,
    device,
    threads: device === 'cpu' ? threads : null,
    workingSetBytes: workingSetBytes ?? null,
    unit,
    method,
    ...sampled(rates),
  };
}
