/** Asks frameworks which devices they find on this machine, and measures what their own operators reach there. */
import { oneLine, UserError } from '../../command-line/errors.ts';
import { monotonicNow } from '../../engine/clock.ts';
import { type Engine, probeFramework, settingsToAsk, startEngine } from '../../engine/engine.ts';
import type { Availability, DeviceCeiling, Framework } from '../../frameworks/framework.ts';
import type { FrameworkRecord, Measured, NotMeasured } from '../../log/hardware/hardware-log-format.ts';
import { sampled } from './timing.ts';

export interface FrameworkSurvey {
  framework: Framework;
  availability: Availability;
  /** Measured with the requested number of threads. */
  measured: Measured[];
  failures: NotMeasured[];
}

/**
 * Probes a framework and measures its operators in one engine process, because starting one takes long. A framework whose engine
 * does not start is missing, with the reason.
 */
export async function surveyFramework(framework: Framework, threads: number): Promise<FrameworkSurvey> {
  const survey: FrameworkSurvey = { framework, availability: notProbed, measured: [], failures: [] };
  try {
    await using engine = await engineFor(framework, { threads });
    survey.availability = await engine.probe();
    if (survey.availability.status === 'missing' || !runsOperators(framework)) return survey;
    for (const device of realDevices(survey.availability.devices)) {
      const { measured, failure } = await ceilingsOf(engine, { framework, device, threads });
      survey.measured.push(...measured);
      if (failure !== null) survey.failures.push(failure);
    }
  } catch (error) {
    const remedy = (error instanceof UserError ? error.remedy : undefined) ?? 'See docs/troubleshooting.md.';
    if (survey.availability === notProbed) survey.availability = { status: 'missing', reason: oneLine(error), remedy };
  }
  return survey;
}

const notProbed: Availability = { status: 'missing', reason: 'not asked', remedy: '' };
const timeoutMs = 120_000;

function engineFor(framework: Framework, settings: { device?: string; threads: number }): Promise<Engine> {
  const asked = settingsToAsk(framework, settings);
  return startEngine({ framework, originNs: monotonicNow(), settings: asked, timeoutMs });
}

/** Whether it may run single operators; a module in Python is asked when it runs. */
function runsOperators(framework: Framework): boolean {
  return framework.host === 'python' || (framework.host === 'node' && framework.ceilings !== undefined);
}

/** Kinds of the devices that are not emulated. */
function realDevices(devices: ReadonlyArray<{ kind: string; software?: boolean }>): string[] {
  return [...new Set(devices.filter(({ software = false }) => !software).map(({ kind }) => kind))];
}

/**
 * Probes frameworks one after the other: one that starts beside others may take itself for hung.
 * @param probe probes one framework; a fake in tests
 */
export async function frameworkDevices(
  frameworks: readonly Framework[],
  onFramework: (framework: Framework) => void,
  probe: (framework: Framework) => Promise<Availability> = probeFramework,
): Promise<FrameworkRecord[]> {
  const records: FrameworkRecord[] = [];
  for (const framework of frameworks) {
    onFramework(framework);
    records.push(recordOf(framework, await probe(framework)));
  }
  return records;
}

export function recordOf({ name, title }: Framework, availability: Availability): FrameworkRecord {
  const of = { type: 'framework', framework: name, title } as const;
  if (availability.status === 'missing') {
    const { reason, remedy } = availability;
    return { ...of, version: null, missing: { reason, remedy }, devices: [], quantizations: null, architectures: null };
  }
  const { version, devices, quantizations, architectures } = availability;
  return {
    ...of,
    version,
    missing: null,
    devices: devices.map(({ kind, name: deviceName, software = false }) => ({ kind, name: deviceName, software })),
    quantizations: quantizations === undefined ? null : [...quantizations],
    architectures: architectures === undefined ? null : [...architectures],
  };
}

export interface CeilingRequest {
  framework: Framework;
  device: string;
  threads: number;
}

/** Every real device of every framework that finds it; a processor with each number of threads. */
export function ceilingRequests(
  frameworks: readonly Framework[],
  found: readonly FrameworkRecord[],
  threads: readonly number[],
): CeilingRequest[] {
  return frameworks.filter(runsOperators).flatMap((framework) => {
    const record = found.find((each) => each.framework === framework.name);
    return realDevices(record?.devices ?? []).flatMap((device) =>
      (device === 'cpu' ? threads : [Math.max(...threads)]).map((each) => ({ framework, device, threads: each })),
    );
  });
}

interface FoundCeilings {
  measured: Measured[];
  failure: NotMeasured | null;
}

/** Measures the operators of a framework on a device, in an engine process of its own. */
export async function frameworkCeilings(request: CeilingRequest): Promise<FoundCeilings> {
  const { framework, device, threads } = request;
  try {
    await using engine = await engineFor(framework, { device, threads });
    return await ceilingsOf(engine, request);
  } catch (error) {
    return { measured: [], failure: failureOf(error, request) };
  }
}

/** Empty for a framework that cannot run single operators. */
async function ceilingsOf(engine: Engine, request: CeilingRequest): Promise<FoundCeilings> {
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
