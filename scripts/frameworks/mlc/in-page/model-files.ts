/** What the page reads of a model itself, beside web-llm: sizes, stop tokens, the identity of its library. */
import { UserError } from '../../../command-line/errors.ts';
import { type MlcModelConfig, mlcKvElementsPerPosition, mlcLayers } from '../../../models/mlc/shape.ts';
import { servedPaths } from '../served-paths.ts';

export interface ServedModel {
  quantization: string;
  /** Of all shards together. */
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
