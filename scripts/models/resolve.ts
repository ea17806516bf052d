/** Turns a request for a model into a file on this disk: embedded, synthetic, downloaded or given as a path. */
import { existsSync } from 'node:fs';
import { resolve as absolutePath, basename } from 'node:path';
import { missingError, usageError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/options.ts';
import type { ModelRecord } from '../log/records/model-record.ts';
import { defaults } from '../settings/defaults.ts';
import { sizeClassOf, sizeName } from './architectures/size.ts';
import { type TemplateFacts, templateFacts } from './chat-template/chat-template.ts';
import { lineageOf } from './file-digest.ts';
import { type GgufFacts, ggufFacts, recordedQuantization } from './gguf/facts.ts';
import { readGguf } from './gguf/reader.ts';
import { hubOf } from './hub/hub.ts';
import { resolveMlc } from './mlc/resolve.ts';
import { modelCacheFolder } from './model-cache.ts';
import {
  type Cache,
  digestWithProgress,
  downloadedFile,
  embeddedFile,
  givenFile,
  type ModelFile,
  syntheticFile,
} from './model-files.ts';
import { type ModelProgress, stoppable } from './model-progress.ts';
import { convertedAtLoad } from './quantization.ts';
import {
  findModel,
  findShape,
  loadRegistry,
  modelCalled,
  modelNames,
  namesakesText,
  registryFile,
} from './registry.ts';
import type { RegisteredModel } from './registry-schema.ts';
import { syntheticName } from './synthetic/synthesize.ts';

export interface ModelRequest {
  /** `--size`: a size of the registry ('tiny', '135M', '1B') ; ignored when `path` is given. */
  size: string | undefined;
  /** `--algorithm`: the family among models of one size; the registry's first of that size when undefined. */
  algorithm: string | undefined;
  /** `--quantize`: an engine's own name (q8_0, q4_k_m, f16, ...) or a portable one (default, float16, int8, nf4, 4bit). */
  quantize: string;
  /** `--precision`: what the framework converts the weights to at load; 'auto' or absent: nothing. */
  precision?: string | undefined;
  /** `--model`: a file, or the name of a model of the registry. */
  path: string | undefined;
  /** `--synthetic`: random weights in the model's exact shape. */
  synthetic: boolean;
  /** Seed of synthetic weights. */
  seed: number;
  /** `--offline` or TOKENLAP_OFFLINE: never download. */
  offline: boolean;
  /** False: F32 is not made of quantised weights, which takes eight times their bytes. Absent: it is, when asked for by name. */
  expands?: boolean | undefined;
  /** `--hub-url`; the environment and then the public hub decide when undefined. */
  hubUrl?: string | undefined;
  /** Weight formats that the framework runs, best first; empty: anything. Its nearest one of the same class is taken. */
  formats: readonly string[];
  /** File formats that the framework reads; absent: GGUF. */
  modelFormats?: readonly string[] | undefined;
}

export interface ResolvedModel extends TemplateFacts {
  /** Absolute path of the GGUF file, or of the folder in MLC's format. */
  path: string;
  record: ModelRecord;
}

/** The environment of a request; every part has its real default. */
export interface ResolveEnvironment {
  environment: NodeJS.ProcessEnv;
  registryFile: string;
  /** Aborted: the work ends at the next step of its progress; what was downloaded stays. */
  signal: AbortSignal | undefined;
}

const realEnvironment: ResolveEnvironment = {
  environment: process.env,
  registryFile,
  signal: undefined,
};

/** @throws UserError for everything that a person can do something about */
export async function resolveModel(
  request: ModelRequest,
  progress: ModelProgress,
  environment: Partial<ResolveEnvironment> = {},
): Promise<ResolvedModel> {
  const world = { ...realEnvironment, ...environment };
  const cache: Cache = { folder: modelCacheFolder(world.environment), progress: stoppable(progress, world.signal) };

  if (request.modelFormats?.includes('mlc')) {
    const registered = () => registeredModel(request, world.registryFile);
    const resolved = await resolveMlc(request, registered, hubOf(request.hubUrl, world.environment), cache);
    return { ...resolved, record: { ...resolved.record, asked: choiceOf(request) } };
  }
  if (request.path !== undefined && existsSync(request.path)) {
    if (request.synthetic) {
      throw usageError(
        `--synthetic makes weights of its own and cannot be used with the file ${request.path}`,
        'Use only one of --model and --synthetic.',
      );
    }
    const file = await givenFile(absolutePath(request.path), request, cache);
    return describe(file, 'path', undefined, request, cache);
  }
  const model = registeredModel(request, world.registryFile);
  if (request.synthetic) {
    return describe(await syntheticFile(model, request, request.seed, cache), 'synthetic', model, request, cache);
  }
  if (model.embedded !== undefined) {
    return describe(await embeddedFile(model.embedded, request, cache), 'embedded', model, request, cache);
  }
  const hub = hubOf(request.hubUrl, world.environment);
  const file = await downloadedFile(model, request, request.offline, hub, cache);
  return describe(file, 'downloaded', model, request, cache);
}

function registeredModel(request: ModelRequest, file: string): RegisteredModel {
  const registry = loadRegistry(file);
  if (request.path === undefined) {
    return (request.synthetic ? findShape : findModel)(registry, request.size, request.algorithm);
  }
  const model = modelCalled(registry, request.path, request.algorithm);
  if (model !== undefined) return model;
  const unknown = `--model "${request.path}" is neither a file nor a model of the registry`;
  throw missingError(
    withSuggestion(unknown, request.path, modelNames(registry)),
    `${namesakesText(registry, request.path)}Check the path, or see the models with \`npx tsx scripts/models.ts list\`.`,
  );
}

/** Describes the file by its content, not by the request. */
async function describe(
  { path, quantization }: ModelFile,
  source: ModelRecord['source'],
  model: RegisteredModel | undefined,
  request: ModelRequest,
  { progress }: Cache,
): Promise<ResolvedModel> {
  const file = await readGguf(path);
  const facts = ggufFacts(file);
  const sha256 = await digestWithProgress(file, progress);
  return {
    path,
    record: {
      ...naming(model, request, facts, path),
      sizeClass: sizeClassOf(facts.parameters),
      architecture: facts.architecture,
      ...(facts.experts === null ? {} : { experts: facts.experts }),
      ...(facts.encoder ? { encoder: true as const } : {}),
      source,
      asked: choiceOf(request),
      synthetic: facts.synthetic,
      file: basename(path),
      fileBytes: file.fileBytes,
      sha256,
      parameters: facts.parameters,
      activeParameters: facts.activeParameters,
      quantization: convertedAtLoad(recordedQuantization(quantization, facts), request.precision ?? defaults.precision),
      effectiveBitsPerWeight: facts.effectiveBitsPerWeight,
      weightBytesPerToken: facts.weightBytesPerToken,
      kvElementsPerPosition: facts.kvElementsPerPosition,
      ...(facts.stateElements === 0 ? {} : { stateElements: facts.stateElements }),
      contextLength: facts.contextLength,
      lineage: lineageOf(path, sha256, file.metadata),
    },
    ...templateFacts(facts),
  };
}

/** The options that chose the model. */
export function choiceOf({ size, algorithm, path }: Pick<ModelRequest, 'size' | 'algorithm' | 'path'>) {
  return {
    ...(size === undefined ? {} : { size }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(path === undefined ? {} : { model: path }),
  };
}

function naming(model: RegisteredModel | undefined, request: ModelRequest, facts: GgufFacts, path: string) {
  if (model === undefined) {
    return { name: facts.name ?? basename(path), size: sizeName(facts.parameters), algorithm: facts.architecture };
  }
  return {
    name: facts.synthetic ? syntheticName(model) : model.name,
    size: request.path === undefined ? (request.size ?? model.size) : model.size,
    algorithm: model.family,
  };
}
