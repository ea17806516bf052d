/** What the page fetches of a model: facts for itself (sizes, stop tokens, identity of the library), files for web-llm. */
import { UserError } from '../../../command-line/errors.ts';
import { type MlcModelConfig, mlcKvElementsPerPosition, mlcLayers } from '../../../models/mlc/shape.ts';

export interface ServedModel {
  quantization: string;
  /** All shards together. */
  weightsBytes: number;
  /** Keys and values of one position, all layers together. */
  kvBytesPerPosition: number;
  layers: number;
  /** Every token that ends a generation. */
  endOfSequence: ReadonlySet<number>;
  /** sha256 of the library, in hexadecimal. */
  librarySha256: string;
}

/** The fields that are read; scripts/models/mlc/folder.ts has looked at them. */
interface Config {
  quantization: string;
  model_config: MlcModelConfig;
  conv_template?: { stop_token_ids?: number[] };
  eos_token_id?: number | number[];
}

interface Manifest {
  records: ReadonlyArray<{ nbytes: number }>;
}

export async function servedModel(): Promise<ServedModel> {
  const config: Config = JSON.parse(await (await asked(`${servedPaths.model}mlc-chat-config.json`)).text());
  const manifest: Manifest = JSON.parse(await (await asked(servedPaths.manifest)).text());
  const { quantization, model_config: shape, conv_template: template, eos_token_id: end } = config;
  // The last part of the name says in what MLC computes and keeps its cache.
  const bytesPerElement = quantization.includes('f32') ? 4 : 2;
  return {
    quantization,
    weightsBytes: manifest.records.reduce((sum, { nbytes }) => sum + nbytes, 0),
    kvBytesPerPosition: mlcKvElementsPerPosition(shape) * bytesPerElement,
    layers: mlcLayers(shape),
    endOfSequence: new Set([template?.stop_token_ids ?? [], end ?? []].flat()),
    librarySha256: await sha256Of(servedPaths.library),
  };
}

async function sha256Of(path: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await (await asked(path)).arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function asked(path: string): Promise<Response> {
  const answer = await fetch(path);
  if (answer.ok) return answer;
  throw new UserError(`the model lacks ${path.split('/').at(-1)} (HTTP ${answer.status})`, {
    remedy: "A folder in MLC's format is whole: fetch it again.",
  });
}

/**
 * Stands in for the browser's Cache API, which web-llm reads everything through. The model is on this machine already, so
 * nothing is stored a second time: what is asked for comes from the server, and the time that takes is told apart.
 */
interface Fetched {
  bytes: number;
  /** Time between asking for a file and having all of it. */
  durationMs: number;
}

export interface ArtifactCache {
  readonly fetched: Readonly<Fetched>;
}

/** As much of the Cache API as web-llm needs of it. */
interface CacheLike {
  match(request: Request): Promise<{ json(): Promise<unknown>; arrayBuffer(): Promise<ArrayBuffer> }>;
  add(request: Request): Promise<void>;
  keys(): Promise<Request[]>;
  delete(request: Request): Promise<boolean>;
}

/**
 * From here on `caches` of the page is this.
 * @param onAsked told the name of a file before it is fetched
 * @param onFetched told that one has come
 */
export function serveThroughCache(onAsked: (file: string) => Promise<void>, onFetched: () => void): ArtifactCache {
  const fetched: Fetched = { bytes: 0, durationMs: 0 };
  const bytesOf = async (url: string) => {
    const file = new URL(url).pathname.split('/').at(-1) ?? '';
    await onAsked(file);
    const startMs = performance.now();
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`Cannot fetch ${file}: HTTP ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    fetched.durationMs += performance.now() - startMs;
    fetched.bytes += bytes.byteLength;
    onFetched();
    return bytes;
  };
  const cache: CacheLike = {
    // web-llm asks twice, whether it is there and then for it: only the body is fetched.
    match: async ({ url }) => ({
      json: async () => JSON.parse(new TextDecoder().decode(await bytesOf(url))),
      arrayBuffer: () => bytesOf(url),
    }),
    add: async () => {},
    keys: async () => [],
    delete: async () => false,
  };
  Object.defineProperty(globalThis, 'caches', { value: { open: async () => cache }, configurable: true });
  return { fetched };
}

/** What the framework and its page both know: names of weight formats, and paths of files. */

/** MLC's names of weight formats, q<weight bits>f<activation bits>_<layout>, best supported first. */

export const mlcFormats = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32', 'q3f16_1'];

/** Those that compute in 16 bits need the WebGPU feature `shader-f16`. */
export function needsHalfPrecision(format: string): boolean {
  return /^q\d+f16/.test(format);
}

/** Where the page finds what `files` of framework.ts names. */
export const servedPaths = {
  /** The package, with lib/index.js. */
  webLlm: '/web-llm/',
  /** web-llm appends `resolve/main/` to the address of a model that has no such part. */
  model: '/model/resolve/main/',
  manifest: '/model/resolve/main/tensor-cache.json',
  /** What web-llm before 0.2.80 asks for. */
  formerManifest: '/model/resolve/main/ndarray-cache.json',
  library: '/library.wasm',
};
