/** What a run is compared with: which framework, and which file of the same model. */

import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworkNamed } from '../../frameworks/registry.ts';
import { parseQuantization, usualBitsPerWeight } from '../../models/quantization.ts';
import type { ModelRequest, ResolvedModel } from '../../models/resolve.ts';
import type { ModelRequestOf } from '../../run/prepare.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';

/** Instead of a format: that of the run which is compared with it. */
const sameFormat = 'same';

/** `--reference <framework>[:<format>]`. */
export interface ReferenceChoice {
  /** As typed. */
  name: string;
  framework: Framework;
  /** Undefined: the usual one. */
  format: string | undefined;
}

/** @throws UserError for a framework or a format that does not exist */
export function parseReference(name: string): ReferenceChoice {
  const [framework = '', format] = name.split(':', 2);
  return {
    name,
    framework: frameworkNamed(framework),
    format: format === undefined || format === sameFormat ? format : parseQuantization(format),
  };
}

export interface ChosenReference {
  name: string;
  framework: Framework;
  model: ResolvedModel;
  /** Why it is not the usual one; null when it is. */
  note: string | null;
}

/** 'llama.cpp f32' */
export function nameOf({ framework, model }: Pick<ChosenReference, 'framework' | 'model'>): string {
  return `${framework.title} ${model.record.quantization.got}`;
}

/** A run that is to be compared with something. */
export interface Candidate {
  framework: Framework;
  /** Format of the weights, as asked. */
  quantize: string;
  /** What the model was made of. */
  request: ModelRequest;
  model: ResolvedModel;
}

export interface ModelSupply {
  modelRequest: ModelRequestOf;
  resolve: (request: ModelRequest) => Promise<ResolvedModel>;
}

/**
 * The choice of the person, or that of configs/defaults.json. Where the latter's format is not available without a download,
 * or would be made of quantised weights, or only in a file that is too large to be made unasked, the reference runs the candidate's own file.
 * @throws UserError when there is no such reference
 */
export async function chooseReference(
  candidate: Candidate,
  asked: ReferenceChoice | undefined,
  supply: ModelSupply,
): Promise<ChosenReference> {
  const synthetic = candidate.model.record.source === 'synthetic';
  const usual = parseReference(synthetic ? defaults.parity.syntheticReference : defaults.parity.reference);
  const framework = asked?.framework ?? usual.framework;
  const name = asked?.name ?? usual.name;
  const format = asked?.format ?? usual.format;
  if (format === sameFormat || format === undefined) {
    const model = await ownFile(candidate, framework, supply);
    const why = synthetic
      ? 'synthetic weights of two formats have different values'
      : `--reference ${name} asks for the format of each run`;
    return { name, framework, model, note: noteOn(framework, model, why) };
  }
  if (asked?.format !== undefined) {
    const model = await supply.resolve(unconverted(supply.modelRequest(framework, format)));
    if (synthetic && model.path !== candidate.model.path) throw otherValues(framework);
    return { name, framework, model, note: noteOn(framework, model, `asked for with --reference ${name}`) };
  }
  try {
    requireModest(candidate, format);
    const request = unconverted(supply.modelRequest(framework, format));
    const unasked = { ...request, offline: true, expands: false };
    return { name, framework, model: await supply.resolve(unasked), note: null };
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode === exitCodes.interrupted) throw error;
    const model = await ownFile(candidate, framework, supply);
    return { name, framework, model, note: noteOn(framework, model, `no ${format} here: ${oneLine(error)}`) };
  }
}

/** The file that the candidate loads, without what the candidate makes of it while loading. */
async function ownFile(candidate: Candidate, framework: Framework, supply: ModelSupply): Promise<ResolvedModel> {
  const model = await supply.resolve(unconverted(candidate.request));
  const { got } = model.record.quantization;
  if (framework.quantizations.includes(got)) return model;
  throw new UserError(`${framework.title} does not run ${got} and cannot be its reference`, {
    exitCode: exitCodes.missing,
    remedy: 'Name another one with --reference FRAMEWORK[:FORMAT].',
  });
}

function unconverted(request: ModelRequest): ModelRequest {
  return { ...request, precision: 'auto' };
}

/** A larger reference file is made or loaded only when it was asked for. */
const referenceBytesAtMost = 8e9;

function requireModest({ model }: Candidate, format: string): void {
  const size = (model.record.parameters * (usualBitsPerWeight(format) ?? 32)) / 8;
  if (size <= referenceBytesAtMost) return;
  throw new UserError(
    `it would take ${bytes(size)}, more than the ${bytes(referenceBytesAtMost)} that are taken unasked`,
  );
}

function noteOn({ title }: Framework, model: ResolvedModel, why: string): string | null {
  const { got } = model.record.quantization;
  return got === parseReference(defaults.parity.reference).format ? null : `compared with ${title} in ${got}: ${why}`;
}

function otherValues({ name }: Framework): UserError {
  return new UserError(
    'synthetic weights of two formats have different values and cannot be compared with each other',
    {
      exitCode: exitCodes.usage,
      remedy: `Leave --reference out, or give ${name}:${sameFormat}.`,
    },
  );
}

// What the logs of runs that are compared with a reference say about it.

export function referenceIdentity({ header, plan }: Pick<RunContext, 'header' | 'plan'>) {
  const { quantization, sha256 } = plan.model.record;
  const { name, title, version } = header.framework;
  return {
    framework: name,
    title,
    version,
    quantize: quantization.got,
    weightClass: quantization.weightClass,
    modelSha256: sha256,
  };
}
