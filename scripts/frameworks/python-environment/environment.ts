/** A Python environment of a framework's own, described as data: what it consists of and what it costs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PythonFramework } from '../framework.ts';
import type { FrameworkVariant } from '../variant.ts';

export interface PythonEnvironment extends Pick<FrameworkVariant, 'title' | 'gain' | 'costs'> {
  /** 'cpu', 'cu130': what its packages are built for. */
  readonly name: string;
  readonly framework: string;
  /** Modules that must be importable once it is made. */
  readonly needs: PythonFramework['needs'];
  /** Modules that are kept from being imported, because they call their maker; absent: none. */
  readonly without?: readonly string[];
  /** What a person would ask pip for; the lock file has these packages and all that they need. The first is the framework. */
  readonly requirements: readonly string[];
  /** Packages that are published as source only, and without which everything that is used works: the lock file omits them. */
  readonly omitted?: readonly string[];
  /** What to do where a package has no such build on the index that is asked, in sentences; absent: nothing in particular. */
  readonly elsewhere?: string;
}

/** Every engine in Python reads model files with it. */
export const numpyRequirement = 'numpy==2.4.6';

/** The lock file belongs to the source: everybody installs the same packages. */
export function lockPath({ framework, name }: Pick<PythonEnvironment, 'framework' | 'name'>): string {
  return fileURLToPath(new URL(`../../../configs/locks/${framework}-${name}.txt`, import.meta.url));
}

/** A package of a lock file, with the hashes of its files that may be installed. */
export interface LockedPackage {
  name: string;
  version: string;
  /** SHA-256 in hexadecimal. */
  hashes: string[];
  /** The systems that it is for, as an environment marker; absent: all. */
  where?: string;
}

/** @throws the system's own error */
export function lockedPackages(path: string): LockedPackage[] {
  const text = readFileSync(path, 'utf8').replaceAll(/\\\r?\n/g, ' ');
  return text.split(/\r?\n/).flatMap((line) => {
    const [, name, version] = /^([\w.-]+)==(\S+)/.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    const hashes = [...line.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, hash = '']) => hash);
    const [, where] = /;\s*(.*?)\s*(?:--hash|$)/.exec(line) ?? [];
    return [{ name, version, hashes, ...(where === undefined ? {} : { where }) }];
  });
}

/** As package indexes compare names: 'rouge-score' of 'rouge_score'. */
export function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
