/** The part of resolveModel for a framework that reads MLC's format. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { usageError } from '../../command-line/errors.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import { sizeClassOf, sizeName } from '../architectures/size.ts';
import type { TemplateFacts } from '../chat-template/chat-template.ts';
import type { Hub } from '../hub/hub.ts';
import type { Cache, FormatWish } from '../model-files.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { fetchedMlcFolder, givenMlcFolder, type MlcModel, mlcPlace, registeredMlcPlace } from './model.ts';

/** See ModelRequest. */
interface MlcRequest extends FormatWish {
  path: string | undefined;
  size: string | undefined;
  synthetic: boolean;
  offline: boolean;
}

interface ResolvedMlc extends TemplateFacts {
  path: string;
  record: ModelRecord;
}

/** @param registered finds the model of the registry that was asked for, or throws */
export async function resolveMlc(
  request: MlcRequest,
  registered: () => RegisteredModel,
  hub: Hub,
  cache: Cache,
): Promise<ResolvedMlc> {
  const { path, offline } = request;
  if (request.synthetic) {
    throw usageError(
      '--synthetic writes GGUF files, and MLC reads a format of its own',
      'Leave it out; the smallest models for MLC are --size 135M and --size 360M.',
    );
  }
  if (path !== undefined && existsSync(path)) return described(givenMlcFolder(path, request));
  const named = path === undefined ? undefined : mlcPlace(path, hub);
  if (named !== undefined) return described(await fetchedMlcFolder(named, request, offline, cache));
  const model = registered();
  const { place, quantization } = registeredMlcPlace(model, request, hub);
  const fetched = await fetchedMlcFolder(place, request, offline, cache);
  return described({ ...fetched, quantization }, model, request.size);
}

function described(
  { folder, facts, quantization, source }: MlcModel,
  model?: RegisteredModel,
  size: string | undefined = model?.size,
): ResolvedMlc {
  const { chatTemplate, bosToken, eosToken, addBosToken, parameters } = facts;
  return {
    path: folder,
    record: {
      name: model?.name ?? basename(folder),
      size: size ?? sizeName(parameters),
      sizeClass: sizeClassOf(parameters),
      algorithm: model?.family ?? facts.modelType,
      source,
      synthetic: facts.synthetic,
      file: basename(folder),
      fileBytes: facts.tensorBytes,
      sha256: facts.sha256,
      parameters,
      quantization,
      effectiveBitsPerWeight: facts.effectiveBitsPerWeight,
      weightBytesPerToken: facts.weightBytesPerToken,
      kvElementsPerPosition: facts.kvElementsPerPosition,
      contextLength: facts.contextLength,
    },
    chatTemplate,
    bosToken,
    eosToken,
    addBosToken,
  };
}
