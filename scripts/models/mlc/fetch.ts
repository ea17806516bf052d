/** Fetches a folder in MLC's format from a hub. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingError, UserError } from '../../command-line/errors.ts';
import { pathWithin } from '../../command-line/files/folders.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import type { Quantization } from '../../log/records/model-record.ts';
import { download } from '../hub/download.ts';
import { isNotFound } from '../hub/errors.ts';
import { type Hub, withoutTheHub } from '../hub/hub.ts';
import type { Cache, FormatWish } from '../model-files.ts';
import type { ModelProgress } from '../model-progress.ts';
import { chooseQuantization } from '../quantization.ts';
import {
  type MlcFacts,
  type MlcManifest,
  mlcConfigFile,
  mlcFacts,
  mlcManifestFiles,
  readMlcConfig,
  readMlcManifest,
} from './folder.ts';

export interface MlcModel {
  folder: string;
  facts: MlcFacts;
  quantization: Quantization;
  source: 'path' | 'downloaded';
}

/** The place of a model on a hub. */
export interface MlcPlace {
  hub: Hub;
  repository: string;
  revision: string;
}

/** MLC's repositories have the weight format in their names. */
export const nameWithFormat = /^([\w.-]+\/)?[\w.-]+-(q\d+f\d+(?:_\d)?)-MLC$/;

const withoutTheHubForMlc = "Without the hub: --model DIR for a folder in MLC's format.";

/** Fetches missing files. A format that does not run is refused by its name, or by the configuration. */
export async function fetchedMlcFolder(
  place: MlcPlace,
  wish: FormatWish,
  offline: boolean,
  cache: Cache,
): Promise<MlcModel> {
  const [, , format] = nameWithFormat.exec(place.repository) ?? [];
  if (format !== undefined) only(format, place.repository, wish);
  try {
    return await fetched(place, wish, offline, cache);
  } catch (error) {
    if (!(error instanceof UserError) || error.remedy === undefined) throw error;
    const remedy = error.remedy.replace(withoutTheHub, withoutTheHubForMlc);
    throw new UserError(error.message, { cause: error, exitCode: error.exitCode, remedy });
  }
}

async function fetched(
  place: MlcPlace,
  wish: FormatWish,
  offline: boolean,
  { folder: cache, progress }: Cache,
): Promise<MlcModel> {
  const revision = place.revision === 'main' ? '' : `@${place.revision}`;
  const name = `${place.repository.replaceAll('/', '--')}${revision}`;
  const folder = pathWithin(join(cache, 'hub'), name, `the model ${place.repository}`);
  const fetchFile = async (file: string, bytes?: number, report = progress) => {
    const target = join(folder, file);
    if (offline && !existsSync(target)) throw notHere(place.repository);
    // The size of weights is known; everything else is text.
    const limits = { mostBytes: textLimits.tokenizer };
    await download(place.hub, { ...place, file }, target, { sha256: undefined, bytes }, report, limits);
  };
  await fetchFile(mlcConfigFile);
  const config = readMlcConfig(folder);
  const quantization = only(config.quantization, place.repository, wish);
  const manifest = await fetchManifest(folder, fetchFile);
  for (const file of config.tokenizer_files) await fetchFile(file);
  const total = manifest.records.reduce((sum, { nbytes }) => sum + nbytes, 0);
  let before = 0;
  for (const { dataPath, nbytes } of manifest.records) {
    await fetchFile(dataPath, nbytes, partOf(progress, before, total));
    before += nbytes;
  }
  return { folder, facts: mlcFacts(folder), quantization, source: 'downloaded' };
}

async function fetchManifest(folder: string, fetchFile: (file: string) => Promise<void>): Promise<MlcManifest> {
  const [current, former] = mlcManifestFiles;
  if (existsSync(join(folder, former))) return readMlcManifest(join(folder, former));
  try {
    await fetchFile(current);
    return readMlcManifest(join(folder, current));
  } catch (error) {
    // A repository from before the manifest got its present name.
    if (!isNotFound(error)) throw error;
    await fetchFile(former);
    return readMlcManifest(join(folder, former));
  }
}

/** The progress of all shards as one. */
function partOf(progress: ModelProgress, before: number, total: number): ModelProgress {
  return ({ label, done }) => progress({ label, done: before + done, total });
}

export function only(format: string, name: string, wish: FormatWish): Quantization {
  if (wish.formats.length > 0 && !wish.formats.includes(format)) {
    throw missingError(
      `${name} has its weights in ${format}, and here run only ${wish.formats.join(', ')}`,
      'Formats with f16 need an adapter with the WebGPU feature shader-f16: take the model in one that runs.',
    );
  }
  return chooseQuantization(wish.quantize, {
    available: [format],
    preferred: format,
    runnable: wish.formats,
    source: `${name} is available`,
  });
}

function notHere(repository: string): UserError {
  return missingError(`${repository} is not on this machine, and --offline forbids fetching it`, withoutTheHub);
}
