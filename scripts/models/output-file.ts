/** A file that a person asked for at a place of their own: never half there, and nothing is overwritten unasked. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes, fileError, isSystemError, UserError } from '../command-line/errors.ts';
import { makeOnce } from './exclusive-file.ts';
import { makeFolderOf, requireSpace } from './model-cache.ts';

/** @throws UserError when something lies there and is not to be replaced */
export function requireFree(path: string, replace: boolean): void {
  if (replace || !existsSync(path)) return;
  throw new UserError(`${path} is there already`, {
    exitCode: exitCodes.usage,
    remedy: 'Name another file with --output FILE, or add --force to replace it.',
  });
}

/**
 * @param neededBytes room that must be on the disk
 * @param make writes to the path it is given; the file is then moved to its place
 */
export async function writeOutput(
  path: string,
  neededBytes: number,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    makeFolderOf(resolve(path));
    requireSpace(resolve(path), neededBytes);
    await makeOnce(resolve(path), async () => false, make);
  } catch (error) {
    throw withOutputRemedy(error, path);
  }
}

/** What is said of the model cache elsewhere is said of --output here. */
function withOutputRemedy(error: unknown, path: string): unknown {
  if (!(error instanceof UserError)) return error;
  const said = isSystemError(error.cause) ? fileError(error.cause, path, 'Writing') : error;
  const remedy = said.remedy
    ?.replace(
      'choose another disk with TOKENLAP_CACHE=DIR, or a smaller --size or --quantize',
      'or name a file on another disk with --output FILE',
    )
    .replace('another folder with --output DIR', 'another place with --output FILE');
  return new UserError(said.message, {
    cause: error.cause,
    exitCode: said.exitCode,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
