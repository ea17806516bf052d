/**
 * Variants on the disk: each in a folder of its own, whose name has the version and a hash of everything else that decides
 * what is in it. The marker is written last, so that a folder without one is what a killed installation left.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, isSystemError, oneLine, UserError } from '../command-line/errors.ts';
import { missingToolsError } from '../command-line/program-path.ts';
import { installLine } from '../command-line/shell-line.ts';
import { cacheFolder, freeBytesOf, makeFolderOf, requireSpace } from '../models/model-cache.ts';
import { replaceFile, withLock } from '../models/new-file.ts';
import { endLeftover } from './logged-command.ts';
import type { FrameworkVariant, InstallPlace, PackageSources, VariantIdentity, VariantRecipe } from './variant.ts';

const markerSchema = z.object({
  framework: z.string(),
  variant: z.string(),
  identity: z.record(z.string(), z.string()),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  bytes: z.number(),
  durationMs: z.number(),
  installedAt: z.string(),
});

const markerName = 'installed.json';

export interface Installation extends z.infer<typeof markerSchema> {
  folder: string;
}

/** What a variant belongs to: 'llamacpp', 'native'. */
export interface VariantName {
  framework: string;
  variant: string;
}

/** Python environments have a folder of their own, and their names are short: programs in them have the whole path in their first line. */
function installationsFolders(): { builds: string; environments: string } {
  return { builds: join(cacheFolder(), 'frameworks'), environments: join(cacheFolder(), 'python') };
}

export function installationFolder({ framework, variant }: VariantName, identity: VariantIdentity): string {
  const entries = Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 12);
  const { builds, environments } = installationsFolders();
  if (identity.lock !== undefined) return join(environments, `${framework}-${variant}-${hash}`);
  const version = identity.version.replaceAll(/[^\w.+-]/g, '-');
  return join(builds, `${framework}-${variant}-${version}-${hash}`);
}

/** Undefined where it is not installed, or not to its end. */
export function installed(name: VariantName, identity: VariantIdentity): Installation | undefined {
  return readInstallation(installationFolder(name, identity));
}

function readInstallation(folder: string): Installation | undefined {
  try {
    const marker = markerSchema.parse(JSON.parse(readFileSync(join(folder, markerName), 'utf8')));
    return { ...marker, folder };
  } catch {
    return undefined;
  }
}

/** How an installation is watched and ended, and where its packages come from. */
type Installing = Omit<InstallPlace, 'folder' | 'logPath' | 'sources'> & Partial<Pick<InstallPlace, 'sources'>>;

const fromIndex: PackageSources = { offline: false, findLinks: [] };

/** Undefined where it is not installed, or no longer works. */
export async function workingInstallation(
  name: VariantName,
  { identity, works }: Pick<VariantRecipe, 'identity' | 'works'>,
): Promise<Installation | undefined> {
  const there = installed(name, identity);
  return there === undefined || works === undefined || (await works(there.folder)) ? there : undefined;
}

/**
 * Makes a variant unless it is there. A second process waits for the first one and takes what that made.
 * @throws UserError with the path of the log, or naming the tools that are missing
 */
export async function installVariant(
  framework: string,
  variant: FrameworkVariant,
  recipe: VariantRecipe,
  { progress, tell, signal, sources = fromIndex }: Installing,
  freeBytes = freeBytesOf,
): Promise<Installation> {
  const name = { framework, variant: variant.name };
  const folder = installationFolder(name, recipe.identity);
  const logPath = `${folder}.log`;
  const there = await workingInstallation(name, recipe);
  if (there !== undefined) return there;
  const missing = await recipe.missingTools();
  if (missing.length > 0) throw missingToolsError(variant.title, missing);
  makeFolderOf(folder);
  const waiting = () => progress('waiting for another installation', 0, 0);
  return withLock(
    folder,
    async () => {
      const made = await workingInstallation(name, recipe);
      if (made !== undefined) return made;
      signal.throwIfAborted();
      requireSpace(folder, variant.costs.workingBytes, freeBytes, '');
      const startedMs = performance.now();
      try {
        await endLeftover(logPath);
        await clear(folder);
        await mkdir(folder);
        const facts = await recipe.make({ folder, logPath, progress, tell, signal, sources });
        const marker = {
          ...name,
          identity: recipe.identity,
          facts,
          bytes: await bytesBelow(folder),
          durationMs: performance.now() - startedMs,
          installedAt: new Date().toISOString(),
        };
        await replaceFile(join(folder, markerName), `${JSON.stringify(marker, null, 2)}\n`);
        return { ...marker, folder };
      } catch (error) {
        await clear(folder).catch(() => {});
        signal.throwIfAborted();
        throw withLog(error, folder, logPath);
      }
    },
    waiting,
  );
}

function withLog(error: unknown, folder: string, logPath: string): UserError {
  const said = isSystemError(error) ? fileError(error, folder, 'Installing into') : error;
  const see = existsSync(logPath) ? `; its output is in ${logPath}` : '';
  const remedy = said instanceof UserError ? said.remedy?.replace('--output DIR', 'TOKENLAP_CACHE=DIR') : undefined;
  return new UserError(`${oneLine(said)}${see}`, {
    cause: error,
    ...(said instanceof UserError ? { exitCode: said.exitCode } : {}),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Every folder of installed variants, and what killed installations left. */
export function installationFolders(): string[] {
  return Object.values(installationsFolders())
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Installations of a variant for any version and machine. */
export function installationsOf({ framework, variant }: VariantName): Installation[] {
  return installationFolders().flatMap((folder) => {
    const found = readInstallation(folder);
    return found !== undefined && found.framework === framework && found.variant === variant ? [found] : [];
  });
}

/**
 * Removes a folder of an installation with its log; waits while one is at work in it.
 * @param unwanted asked once the lock is held: null is returned when the installation is wanted after all
 * @returns bytes that are free now
 */
export async function removeInstallation(folder: string, unwanted = () => true): Promise<number | null> {
  return withLock(folder, async () => {
    if (!unwanted()) return null;
    await endLeftover(`${folder}.log`);
    const freed = await bytesBelow(folder);
    await rm(join(folder, markerName), { force: true });
    await clear(folder);
    await rm(`${folder}.log`, { force: true });
    return freed;
  });
}

/** What a killed installation started may still write into it for a moment. */
function clear(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function bytesBelow(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

/** Whether a variant of a framework is on this machine, and what installs it: for lists and for advice. */
export interface VariantPresence {
  name: string;
  title: string;
  /** Why one would want it, in a sentence. */
  gain: string;
  minutes: number;
  downloadBytes: number;
  installed: Installation | undefined;
  /** What installs it. */
  command: string;
}

/** Starts nothing. Variants that are not available on this machine are left out. */
export async function variantPresences(framework: {
  readonly name: string;
  readonly variants?: readonly FrameworkVariant[];
}): Promise<VariantPresence[]> {
  const presences: VariantPresence[] = [];
  for (const variant of framework.variants ?? []) {
    const recipe = await variant.recipe().catch(() => undefined);
    if (recipe === undefined) continue;
    const { name, title, gain, costs } = variant;
    presences.push({
      name,
      title,
      gain,
      minutes: costs.minutes,
      downloadBytes: costs.downloadBytes,
      installed: installed({ framework: framework.name, variant: name }, recipe.identity),
      command: installLine(framework.name, name),
    });
  }
  return presences;
}
