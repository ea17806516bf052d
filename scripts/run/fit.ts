/** Whether a framework can do here what is asked of it, as far as that is known before anything is fetched or started. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import { bytes } from '../command-line/format.ts';
import { withSuggestion } from '../command-line/options.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import type { ModelRecord } from '../log/records/model-record.ts';
import { type DeviceFacts, deviceFacts, deviceKindOf } from '../machine/facts/device-kinds.ts';
import { describeHost } from '../machine/facts/host.ts';
import { type CompatibilityQuestion, compatibility, nextBest } from '../machine/fit/compatibility.ts';
import { runsAs } from '../models/architectures/architecture.ts';
import { familyRunsAs, findFamily } from '../models/architectures/families.ts';
import type { NamedWorkload } from '../settings/defaults.ts';
import type { Refused } from './refusal.ts';
import type { EngineOptionValues } from './run-options.ts';

/** What is asked of the engine; without a workload only answers can be meant. */
export type AskedOfEngine = EngineOptionValues & { workload?: NamedWorkload | undefined };

/** What is known of the run so far: less is asked of it before its model is there. */
interface FitQuestion {
  options?: AskedOfEngine;
  /** `--algorithm`: the name of a family says something of its models before one is fetched or made. */
  algorithm?: string | undefined;
  record?: ModelRecord;
  workload?: NamedWorkload | undefined;
}

/** Null when the framework offers all of it. */
function fitRefusal(framework: Framework, { options, algorithm, record, workload }: FitQuestion): Refused | null {
  const family = algorithm === undefined ? undefined : findFamily(algorithm);
  return (
    (options === undefined ? null : offerRefusal(options, framework)) ??
    (family === undefined ? null : architectureRefusal(framework, familyRunsAs(family))) ??
    (record === undefined ? null : modelRefusal(framework, record, workload ?? options?.workload))
  );
}

/** @throws UserError for what the framework does not offer: a usage error, with what would do instead */
export function requireFit(framework: Framework, question: FitQuestion): void {
  const refusal = fitRefusal(framework, question);
  if (refusal === null) return;
  const { reason, remedy } = refusal;
  throw new UserError(reason, { exitCode: exitCodes.usage, ...(remedy === null ? {} : { remedy }) });
}

/**
 * What the framework offers, and then whether this machine has what it needs.
 * @param model what is known of it
 */
export async function refusalHere(
  framework: Framework,
  options: AskedOfEngine,
  model: Pick<CompatibilityQuestion, 'quantize' | 'architecture'>,
): Promise<Refused | null> {
  return fitRefusal(framework, { options }) ?? machineRefusal(framework, { device: options.device, ...model });
}

/**
 * Null when nothing is known against it. Frameworks are not probed: a missing one reports that itself. An unknown device is one
 * that the framework does not offer.
 * @param machine another machine in tests
 */
export async function machineRefusal(
  framework: Framework,
  asked: Omit<CompatibilityQuestion, 'framework'>,
  machine?: DeviceFacts,
): Promise<Refused | null> {
  if (asked.device !== 'auto' && deviceKindOf(asked.device) === undefined) return null;
  const others = frameworks.filter(({ name }) => name !== framework.name);
  const facts = {
    frameworks: [framework, ...others],
    found: [],
    machine: machine ?? deviceFacts(await describeHost(false)),
  };
  const question = { ...asked, framework: framework.name };
  const verdict = compatibility(question, facts);
  if (verdict.verdict !== 'cannot') return null;
  const best = nextBest(question, facts);
  return incompatible(
    verdict.reason,
    best && `Next best: --frameworks ${best.framework} --device ${best.device} --quantize ${best.quantize}.`,
  );
}

/** @param free memory that a new process can have, in bytes, as `needed` */
export function memoryRefusal(needed: number, free: number): Refused | null {
  if (needed <= free) return null;
  return {
    status: 'skipped',
    reason: `it needs about ${bytes(needed)} of memory, and ${bytes(free)} are free`,
    remedy: 'Free some, choose a smaller size, quantize or context, or run it anyway with --force.',
  };
}

/** Undefined where no file says what it is: a server's model, one in a format of its own. */
export function recordRunsAs({ architecture, experts }: ModelRecord): string | undefined {
  return architecture === undefined ? undefined : runsAs(architecture, experts !== undefined);
}

/** A device, a conversion, compilation, several devices or sequences that the framework does not have. */
function offerRefusal(options: AskedOfEngine, framework: Framework): Refused | null {
  const { title, devices, precisions, shards } = framework;
  const { sequences = 1, device, precision, shard, deviceCount } = options;
  if (options.workload === 'embedding' && framework.embeds !== true) return embedsNothing(framework);
  if (sequences !== 1 && !framework.sequences) {
    return incompatible(
      `${title} computes one sequence at a time in an engine`,
      'Leave --sequences out; several engines work at the same time too.',
    );
  }
  if (device !== 'auto' && !devices.includes(device)) {
    const noDevice = withSuggestion(`${title} has no device "${device}"`, device, devices);
    return incompatible(noDevice, `Devices of ${title}: auto, ${devices.join(', ')}.`);
  }
  if (precision !== 'auto' && !precisions?.includes(precision)) {
    const instead = 'It runs them as the file has them: choose the file with --quantize.';
    return incompatible(
      `${title} does not convert weights to ${precision}`,
      precisions === undefined ? instead : `It converts to ${precisions.join(', ')}.`,
    );
  }
  if (options.compile && !framework.compiles) return incompatible(`${title} does not support --compile`, 'Omit it.');
  if (deviceCount !== 1 && !shards?.includes(shard)) {
    return incompatible(
      `${title} does not spread ${shard} over ${deviceCount} devices`,
      shards === undefined ? 'Leave --device-count out.' : `It spreads ${shards.join(' or ')}.`,
    );
  }
  return null;
}

function modelRefusal(framework: Framework, record: ModelRecord, workload: NamedWorkload | undefined): Refused | null {
  const embedding = workload === 'embedding';
  if (embedding && framework.embeds !== true) return embedsNothing(framework);
  if (record.encoder === true && !embedding) {
    return incompatible(
      `${record.name} is an encoder: it embeds texts and writes none`,
      'Measure it with --workload embedding, or choose a model that generates.',
    );
  }
  return architectureRefusal(framework, recordRunsAs(record));
}

function architectureRefusal(framework: Framework, needed: string | undefined): Refused | null {
  const { architectures, title } = framework;
  if (needed === undefined || architectures === undefined || architectures.includes(needed)) return null;
  const others = frameworks.filter((each) => each !== framework && each.architectures?.includes(needed) !== false);
  return incompatible(
    `${title} does not run ${needed}, only ${architectures.join(', ')}`,
    `It runs in: ${others.map(({ name }) => name).join(', ')}. \`npx tsx scripts/models.ts families\` shows all.`,
  );
}

function embedsNothing({ title }: Framework): Refused {
  const names = frameworks.filter(({ embeds }) => embeds).map(({ name }) => name);
  return incompatible(`${title} embeds no texts`, `Frameworks that do: ${names.join(', ')}.`);
}

function incompatible(reason: string, remedy: string | null) {
  return { status: 'incompatible', reason, remedy } as const;
}
