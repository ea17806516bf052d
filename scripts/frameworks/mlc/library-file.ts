/**
 * A model library, and what it says about itself: the functions that it needs from web-llm, and a JSON text that TVM compiles into it,
 * which names the model and every weight.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { missingError, oneLine, type UserError, usageError } from '../../command-line/errors.ts';
import { pathWithin } from '../../command-line/files/folders.ts';
import { bytes } from '../../command-line/format.ts';
import { isSwitchedOn } from '../../command-line/options.ts';
import { fetchFollowing } from '../../models/hub/hub.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { replaceFile } from '../../models/new-file.ts';

/** The part of the standard that is used here; the types of Node leave it out. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
      static imports(module: Module): Array<{ name: string }>;
    }
  }
}

const modelSchema = z.looseObject({
  model_type: z.string(),
  quantization: z.string(),
  params: z.array(z.looseObject({ name: z.string(), shape: z.array(z.int()), dtype: z.string() })),
});

export interface LibraryFacts {
  path: string;
  /** Names of the functions that web-llm must have for it. */
  imports: readonly string[];
  /** Undefined where it does not say. */
  model: z.infer<typeof modelSchema> | undefined;
}

/**
 * @param bytes the whole .wasm file
 * @throws UserError when it is no WebAssembly
 */
export function libraryFacts(path: string, bytes: Buffer): LibraryFacts {
  return { path, imports: importsOf(path, bytes), model: modelOf(bytes) };
}

function importsOf(path: string, bytes: Buffer): string[] {
  try {
    return WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  } catch (error) {
    throw usageError(
      `the model library ${path} is no WebAssembly (${bytes.length} bytes): ${oneLine(error)}`,
      'A download that failed leaves such a file: fetch it again, or name another one with --model-lib.',
    );
  }
}

function modelOf(bytes: Buffer): LibraryFacts['model'] {
  const start = bytes.indexOf('{"model_type"');
  if (start < 0) return undefined;
  return modelSchema.safeParse(parsed(bytes.toString('utf8', start, endOfText(bytes, start)))).data;
}

/** The text ends where its outermost brace closes; no string in it has braces. */
function endOfText(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === 0x7b) depth++;
    else if (bytes[at] === 0x7d && --depth === 0) return at + 1;
  }
  return bytes.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A library from the network, fetched once into the cache; libraries have a few megabytes.
 * @returns path of the file
 * @throws UserError when it is not available, or not a library
 */
export async function fetchedLibrary(
  address: string,
  world: { offline: boolean; environment: NodeJS.ProcessEnv; fetch: typeof fetch },
): Promise<string> {
  const { host, pathname } = new URL(address);
  const folder = join(modelCacheFolder(world.environment), 'mlc-libraries');
  const path = pathWithin(folder, `${host.replaceAll(':', '_')}${pathname}`, `the address ${address}`);
  if (existsSync(path)) return path;
  if (world.offline || isSwitchedOn(world.environment.TOKENLAP_OFFLINE)) {
    throw unreached(address, '--offline, or TOKENLAP_OFFLINE, forbids it');
  }
  const content = await bytesOf(address, world.fetch);
  libraryFacts(address, content);
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, content);
  return path;
}

const mostBytes = 64e6;

async function bytesOf(address: string, fetch: typeof globalThis.fetch): Promise<Buffer> {
  try {
    const signal = AbortSignal.timeout(120_000);
    const { answer } = await fetchFollowing(fetch, address, () => ({ signal }));
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const pieces: Uint8Array[] = [];
    let received = 0;
    for await (const piece of answer.body ?? []) {
      received += piece.length;
      if (received > mostBytes) throw new Error(`it has more than ${bytes(mostBytes)}, and libraries have a few`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    throw unreached(
      address,
      error instanceof Error && error.cause instanceof Error ? oneLine(error.cause) : oneLine(error),
    );
  }
}

function unreached(address: string, why: string): UserError {
  return missingError(
    `the model library ${address} cannot be fetched: ${why}`,
    'Fetch it by other means and name the file with --model-lib.',
  );
}
