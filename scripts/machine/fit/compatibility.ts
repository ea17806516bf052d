/**
 * Which framework runs which format of which architecture on which device of this machine: a pure function of what frameworks
 * declare, what they found on this machine, and what the machine has.
 */
import type { Framework } from '../../frameworks/framework.ts';
import type { FrameworkRecord } from '../../log/hardware/hardware-log-format.ts';
import { weightClassOf } from '../../log/records/model-record.ts';
import { defaultQuantization, parseQuantization, portableWeightClass } from '../../models/quantization.ts';
import { type DeviceFacts, deviceKindOf, deviceKinds } from '../facts/device-kinds.ts';

export interface CompatibilityFacts {
  frameworks: readonly Framework[];
  /** Devices that they found; a framework that was not probed counts as available. */
  found: readonly FrameworkRecord[];
  machine: DeviceFacts;
}

export interface CompatibilityQuestion {
  framework: string;
  /** Name in the framework or in Tokenlap; 'auto': the best that it finds. */
  device: string;
  /** A format, or a portable name. */
  quantize: string;
  /** `general.architecture`; undefined: not yet known. */
  architecture: string | undefined;
}

export type Verdict =
  | { verdict: 'runs' }
  /** Runs on a device that the processor emulates, and is never compared. */
  | { verdict: 'software'; reason: string }
  | { verdict: 'cannot'; reason: string };

export function compatibility(question: CompatibilityQuestion, facts: CompatibilityFacts): Verdict {
  const framework = facts.frameworks.find(({ name }) => name === question.framework);
  if (framework === undefined) return cannot(`there is no framework ${question.framework}`);
  const record = facts.found.find((each) => each.framework === framework.name);
  return (
    presenceFault(record) ??
    formatFault(framework, record, question.quantize) ??
    architectureFault(framework, record, question.architecture) ??
    deviceVerdict(framework, record, question.device, facts.machine)
  );
}

function cannot(reason: string): Verdict {
  return { verdict: 'cannot', reason };
}

function presenceFault(record: FrameworkRecord | undefined): Verdict | null {
  return record === undefined || record.missing === null ? null : cannot(record.missing.reason);
}

/** Another format of the same weight class may replace one that it does not run. */
function formatFault(framework: Framework, record: FrameworkRecord | undefined, quantize: string): Verdict | null {
  const runs = record?.quantizations ?? framework.quantizations;
  const asked = parseQuantization(quantize);
  if (asked === defaultQuantization || runs.includes(asked)) return null;
  const wanted = portableWeightClass(asked) ?? weightClassOf(asked);
  const ofClass = runs.some((format) => weightClassOf(format) === wanted);
  return ofClass ? null : cannot(`${framework.title} runs no ${wanted} format`);
}

/** Architectures that it runs with the installed libraries; undefined: all that its engine supports. */
export function architecturesOf(
  { architectures }: Framework,
  record: FrameworkRecord | undefined,
): readonly string[] | undefined {
  return record?.architectures ?? architectures;
}

function architectureFault(
  framework: Framework,
  record: FrameworkRecord | undefined,
  architecture: string | undefined,
): Verdict | null {
  const { architectures: all, title } = framework;
  const architectures = architecturesOf(framework, record);
  if (architecture === undefined || architectures === undefined || architectures.includes(architecture)) return null;
  if (all?.includes(architecture)) {
    return cannot(
      `${title} runs ${architecture} through a library that is not here, only ${architectures.join(', ')} by itself`,
    );
  }
  return cannot(`${title} does not run ${architecture}, only ${architectures.join(', ')}`);
}

function deviceVerdict(
  framework: Framework,
  record: FrameworkRecord | undefined,
  device: string,
  machine: DeviceFacts,
): Verdict {
  if (device === 'auto') return { verdict: 'runs' };
  const kind = deviceKindOf(device);
  const own = framework.devices.filter((each) => each === device || kind?.names.includes(each));
  if (own.length === 0) return cannot(`${framework.title} has no device ${device}`);
  const found = record?.devices.filter((each) => own.includes(each.kind)) ?? [];
  if (found.some(({ software }) => !software)) return { verdict: 'runs' };
  const [emulated] = found;
  if (emulated !== undefined) return { verdict: 'software', reason: `${emulated.name} is emulated on the processor` };
  const missing = kind?.missing(machine) ?? null;
  const maybeEmulated = record === undefined && kind?.emulated === true;
  if (missing !== null && !maybeEmulated) return cannot(missing);
  if (record === undefined) return { verdict: 'runs' };
  return cannot(`${framework.title} finds no ${device} device: its build has none, or the driver is missing`);
}

export interface CompatibilityRow extends CompatibilityQuestion {
  verdict: Verdict['verdict'];
  reason: string | null;
}

/** The whole map: every framework with each of its devices, formats and architectures. */
export function compatibilityMap(facts: CompatibilityFacts, architectures: readonly string[]): CompatibilityRow[] {
  return facts.frameworks.flatMap((framework) =>
    framework.devices.flatMap((device) =>
      framework.quantizations.flatMap((quantize) =>
        architectures.map((architecture) => {
          const question = { framework: framework.name, device, quantize, architecture };
          const verdict = compatibility(question, facts);
          return { ...question, verdict: verdict.verdict, reason: verdict.verdict === 'runs' ? null : verdict.reason };
        }),
      ),
    ),
  );
}

/**
 * The nearest alternative to a combination that cannot run: the same framework on another device, the same device with another
 * framework, or any other framework. Null when nothing runs.
 */
export function nextBest(question: CompatibilityQuestion, facts: CompatibilityFacts): CompatibilityQuestion | null {
  const others = facts.frameworks.filter(
    ({ name, devices }) => name !== question.framework && !devices.includes('server'),
  );
  const candidates: CompatibilityQuestion[] = [
    ...deviceKinds.map(({ name }) => ({ ...question, device: name })),
    ...others.map(({ name }) => ({ ...question, framework: name })),
    ...others.map(({ name }) => ({ ...question, framework: name, device: 'cpu' })),
  ].filter(({ device, framework }) => device !== question.device || framework !== question.framework);
  return candidates.find((candidate) => compatibility(candidate, facts).verdict === 'runs') ?? null;
}
