/** Reads why pip or uv failed from what it printed: one line, and the next step. */
import { UserError } from '../../command-line/errors.ts';
import type { PythonEnvironment } from './environment.ts';

interface Fault {
  says: RegExp;
  message: (line: string) => string;
  remedy: string;
  /** Another build is on the index. */
  isOfBuild?: true;
}

/** With so little room nothing can be written; some programs fail then without saying why. */
const fullBelowBytes = 1e6;

/** A function from the output to the fault; undefined where the output says nothing known. */
export function faultOf({ framework, name, elsewhere }: Pick<PythonEnvironment, 'framework' | 'name' | 'elsewhere'>) {
  return (lines: readonly string[], freeBytes = Number.POSITIVE_INFINITY): UserError | undefined => {
    const said = freeBytes < fullBelowBytes ? ['No space left on device', ...lines] : lines;
    for (const { says, message, remedy, isOfBuild } of faults) {
      const line = said.find((each) => says.test(each));
      if (line === undefined) continue;
      return new UserError(`${framework} ${name}: ${message(line.replace(/^\s*(ERROR|error|cause):\s*/, '').trim())}`, {
        remedy: isOfBuild && elsewhere !== undefined ? `${remedy} ${elsewhere}` : remedy,
      });
    }
    return undefined;
  };
}

/** The cause before what follows from it: a full disk also ends a download, and without a network no version is found. */
const faults: readonly Fault[] = [
  {
    says: /No space left on device|Disk quota exceeded|os error 28/i,
    message: () => 'the disk is full',
    remedy: 'Free some space, or choose another disk with TOKENLAP_CACHE=DIR; then repeat the command.',
  },
  {
    says: /DO NOT MATCH THE HASHES|Hash mismatch/i,
    message: () => 'a package that was found is not the one that the lock file names: its hash is another one',
    remedy:
      'Repeat the command, in case the file was damaged on its way; look at PIP_FIND_LINKS, --find-links and the index for another build.',
    isOfBuild: true,
  },
  {
    says: /must have their versions pinned with ==|requirements must be pinned upfront|Hashes are required in --require-hashes mode|no trusted hash was provided/i,
    message: () => 'the build of a package that was found needs packages that the lock file does not have',
    remedy:
      'Name a folder or an index with the build that the lock file means: --find-links DIR, or PIP_EXTRA_INDEX_URL.',
    isOfBuild: true,
  },
  {
    says: /NewConnectionError|ConnectTimeoutError|NameResolutionError|ProxyError|Failed to establish a new connection|Could not connect|error sending request|dns error|Network is unreachable|Connection refused|ReadTimeoutError|Connection broken/i,
    message: () => 'the package index does not answer',
    remedy:
      'Check the network and repeat the command, or install from a folder with the packages: --offline --find-links DIR.',
  },
  {
    says: /No matching distribution found for|was not found in the (package registry|provided)|there is no version of/i,
    message: (line) => `a package is not available for this Python and system (${line.slice(0, 160)})`,
    remedy: 'Name a folder that has it with --find-links DIR, or another Python with --python PATH.',
    isOfBuild: true,
  },
];
