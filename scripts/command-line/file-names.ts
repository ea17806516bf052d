/**
 * Names from outside (logs, ledgers, model files, configs, servers, command lines) that become parts of paths. A name is
 * either written in letters that every file system takes, or refused; no path that is made of one leaves its folder.
 */
import { join } from 'node:path';
import { exitCodes, UserError } from './errors.ts';

/** Several parts, a seed and a uuid stay below the 255 bytes that file systems allow. */
const longestPart = 64;
const longestName = 255;

/** As Windows reads them, with whatever extension. */
const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** A text as a part of a file name: letters, digits, dots, hyphens and underscores; 'unknown' where none is left. */
export function fileNamePart(text: string): string {
  const part = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, longestPart);
  if (!/[A-Za-z0-9]/.test(part)) return 'unknown';
  return deviceName.test(part) ? `-${part}` : part;
}

/** The name of one file or folder that means itself on every system: no path, no device, nothing invisible. */
export function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    !/^\.{1,2}$/.test(name) &&
    !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029/\\:*?"<>|]|[. ]$/u.test(name) &&
    !deviceName.test(name) &&
    Buffer.byteLength(name) <= longestName
  );
}

/**
 * A path below a folder, from a name that may have folders in it, separated by slashes.
 * @param says what named it, for the message: `the index of /models/x`
 * @throws UserError when the name would lead out of the folder, or is none that every system takes
 */
export function pathWithin(folder: string, name: string, says: string): string {
  if (name.split('/').every(isPlainName)) return join(folder, name);
  throw new UserError(`${says} names the file ${JSON.stringify(name.slice(0, 200))}, which is no plain file name`, {
    exitCode: exitCodes.usage,
    remedy: 'Nothing was written. Use files from a source that you trust.',
  });
}
