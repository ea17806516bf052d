/** A model library of the network, fetched once into the cache; libraries have a few megabytes. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSwitchedOn } from '../../command-line/environment.ts';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { pathWithin } from '../../command-line/file-names.ts';
import { bytes } from '../../command-line/format.ts';
import { fetchFollowing } from '../../models/hub/connection.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { replaceFile } from '../../models/new-file.ts';
import { libraryFacts } from './library-facts.ts';

/**
 * @returns path of the file
 * @throws UserError when it cannot be had, or is no library
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
  return new UserError(`the model library ${address} cannot be fetched: ${why}`, {
    exitCode: exitCodes.missing,
    remedy: 'Fetch it by other means and name the file with --model-lib.',
  });
}
