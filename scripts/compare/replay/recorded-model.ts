/** The model of a recorded run: options that find it, fetch it or make it again. Its hash is checked afterwards. */
import { existsSync } from 'node:fs';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { ModelOptionValues } from '../../models/model-options.ts';
import { loadRegistry } from '../../models/registry.ts';
import type { Registry } from '../../models/registry-schema.ts';
import { syntheticName } from '../../models/synthetic/synthesize.ts';
import { recordedOption } from './recorded-options.ts';

/**
 * @param given a path of the person's, for files that have moved
 * @throws UserError when it is not known from where the model could come
 */
export function recordedModel(header: Header, given?: string): ModelOptionValues {
  const { model, requested } = header;
  return {
    quantize: model.quantization.asked,
    precision: typeof requested.precision === 'string' ? requested.precision : undefined,
    ...(given === undefined ? nameOf(header) : { model: given }),
  };
}

/** As a person would choose it: what was typed, or in older logs, which do not say it, what the registry calls it. */
export function modelChoice({ model, command }: Header): Pick<ModelOptionValues, 'size' | 'algorithm' | 'model'> {
  if (model.asked !== undefined) return model.asked;
  const typed = recordedOption(command, 'model');
  if (typed !== undefined) return { model: typed };
  const registered = registeredAs(model);
  if (registered !== undefined) return { model: registered.id };
  return { size: recordedOption(command, 'size') ?? model.size, algorithm: recordedOption(command, 'algorithm') };
}

/** Read once: every row of a table with thousands of them asks for it. */
let registry: Registry | undefined;

function registeredAs(model: Header['model']) {
  if (model.source === 'path' || model.source === 'server') return undefined;
  registry ??= loadRegistry();
  return registry.models.find((each) => (model.synthetic ? syntheticName(each) : each.name) === model.name);
}

type Choice = Pick<ModelOptionValues, 'size' | 'algorithm' | 'model' | 'synthetic'>;

function nameOf(header: Header): Choice {
  const { model, command } = header;
  const synthetic = model.source === 'synthetic';
  if (model.asked !== undefined && (model.asked.model === undefined || existsSync(model.asked.model))) {
    return { ...model.asked, synthetic };
  }
  const recorded = model.asked?.model ?? recordedOption(command, 'model');
  const isFile = model.source === 'path' || model.source === 'server';
  const registered = registeredAs(model);
  if (registered !== undefined) return { model: registered.id, synthetic };
  // A model of the hub that the registry does not know was named by its repository.
  if (recorded !== undefined && (!isFile || existsSync(recorded))) return { model: recorded };
  const reason = recorded === undefined ? `the log does not say where ${model.file} lay` : `${recorded} is not there`;
  throw new UserError(`the model of this run is not found: ${reason}`, {
    exitCode: exitCodes.missing,
    remedy: `Name its file with --model PATH: ${model.file}, sha256 ${model.sha256.slice(0, 16)}…`,
  });
}
