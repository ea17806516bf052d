/** The part of resolveModel for a framework that reads MLC's format: a folder, a URL, a name on the hub, or a size. */
import { existsSync, statSync } from 'node:fs';
import { resolve as absolutePath, basename, join } from 'node:path';
import { missingError, usageError } from '../../command-line/errors.ts';
import type { Quantization } from '../../log/records/model-record.ts';
import { sizeClassOf, sizeName } from '../architectures/size.ts';
import { templateFacts } from '../chat-template/chat-template.ts';
import type { Hub } from '../hub/hub.ts';
import type { Cache, FormatWish } from '../model-files.ts';
import { chooseQuantization } from '../quantization.ts';
import { fillPattern, offeredFiles } from '../registry.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { fetchedMlcFolder, type MlcModel, type MlcPlace, nameWithFormat, only } from './fetch.ts';
import { mlcConfigFile, mlcFacts, readMlcConfig } from './folder.ts';

/** See ModelRequest. */
interface MlcRequest extends FormatWish {
  path: string | undefined;
  size: string | undefined;
  synthetic: boolean;
  offline: boolean;
}

/** @param registered finds the model of the registry that was asked for, or throws */
export async function resolveMlc(request: MlcRequest, registered: () => RegisteredModel, hub: Hub, cache: Cache) {
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
) {
  const { parameters } = facts;
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
    ...templateFacts(facts),
  };
}

/** Opens a folder given by its path. */
function givenMlcFolder(path: string, wish: FormatWish): MlcModel {
  if (!statSync(path).isDirectory() || !existsSync(join(path, mlcConfigFile))) {
    throw usageError(
      `${path} is no model in MLC's format, which is a folder with ${mlcConfigFile}`,
      'Convert the model with mlc_llm, or name one of the hub: --model Llama-3.2-1B-Instruct-q4f16_1-MLC.',
    );
  }
  const folder = absolutePath(path);
  const quantization = only(readMlcConfig(folder).quantization, basename(folder), wish);
  return { folder, facts: mlcFacts(folder), quantization, source: 'path' };
}

const mlcOwner = 'mlc-ai';

/**
 * `https://host/owner/name`, with `/resolve/<revision>/` where it is not main, as web-llm takes it; or the name of a
 * repository, `owner/name` or MLC's own.
 */
function mlcPlace(name: string, hub: Hub): MlcPlace | undefined {
  if (/^https?:/.test(name)) {
    const { origin, pathname } = new URL(name);
    const [, repository, revision = 'main'] = /^\/(.+?)(?:\/resolve\/([^/]+))?\/*$/.exec(pathname) ?? [];
    if (repository === undefined) return undefined;
    // The token is only for the hub that issued it.
    return {
      hub: origin === new URL(hub.url).origin ? hub : { ...hub, url: origin, token: undefined },
      repository,
      revision,
    };
  }
  if (!nameWithFormat.test(name)) return undefined;
  return { hub, repository: name.includes('/') ? name : `${mlcOwner}/${name}`, revision: 'main' };
}

/** The place of a model that the registry knows in MLC's format. */
function registeredMlcPlace(
  model: RegisteredModel,
  wish: FormatWish,
  hub: Hub,
): { place: MlcPlace; quantization: Quantization } {
  const source = model.sources.mlc;
  if (source === undefined) {
    throw missingError(
      `${model.name} is not available in MLC's format`,
      'Choose another --size (1B, 360M, 0.6B, ...), or name a folder or a URL in that format with --model.',
    );
  }
  const quantization = chooseQuantization(wish.quantize, {
    available: offeredFiles(source).map((offered) => offered.quantization),
    preferred: source.default,
    runnable: wish.formats,
    source: `the registry knows ${model.name} for MLC`,
  });
  const repository = fillPattern(source.repository, quantization.got);
  return { place: { hub, repository, revision: source.revision }, quantization };
}
