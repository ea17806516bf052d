/**
 * A way to have a framework on this machine that `npm ci` does not bring: a build for this processor, an environment of
 * its own. `scripts/frameworks.ts` installs, lists and removes it; installation.ts keeps the folders.
 */
import type { MissingTool } from '../command-line/program-path.ts';

export interface FrameworkVariant {
  /** On the command line, after --variant: 'native', 'cpu', 'cu130'. */
  readonly name: string;
  /** What it is: 'llama.cpp, compiled here for this processor'. */
  readonly title: string;
  /** Why a person would want it, in a sentence. */
  readonly gain: string;
  readonly costs: VariantCosts;
  /** Imported when it is looked for or installed, and not before. @throws UserError where it is not available */
  recipe(): Promise<VariantRecipe>;
}

interface VariantCosts {
  downloadBytes: number;
  installedBytes: number;
  /** Peak during the installation. */
  workingBytes: number;
  /** Minutes with two cores, roughly. */
  minutes: number;
}

export interface VariantRecipe {
  /** What decides what comes out: another value of any of them is another folder. */
  readonly identity: VariantIdentity;
  /** What must be on this machine before it can be made. */
  missingTools(): Promise<MissingTool[]>;
  /** Whether what is installed still runs, where something outside its folder can break it; absent: nothing can. */
  works?(folder: string): Promise<boolean>;
  /**
   * Makes it in an empty folder; what lies there when it returns is what is installed.
   * @returns facts that only the work shows: compiler, package versions
   */
  make(place: InstallPlace): Promise<Record<string, VariantFact>>;
}

export interface VariantIdentity {
  /** Version of the framework, part of the folder's name. */
  readonly version: string;
  /** `lock`, SHA-256 of the lock file, makes it a Python environment. */
  readonly [what: string]: string;
}

export type VariantFact = string | number | boolean | null;

/** Where packages come from, and which Python an environment is made with. */
export interface PackageSources {
  /** No index is asked: every package comes from `findLinks`. */
  readonly offline: boolean;
  /** Folders, or addresses of pages, with packages. */
  readonly findLinks: readonly string[];
  /** Undefined: one is looked for. */
  readonly python?: string;
}

export interface InstallPlace {
  folder: string;
  /** Log of the work, kept even if it fails. */
  logPath: string;
  /** @param total 0 where it is not known */
  progress(label: string, done: number, total: number): void;
  /** Prints a line for the person, for instance that something was not available. */
  tell(line: string): void;
  signal: AbortSignal;
  sources: PackageSources;
}
