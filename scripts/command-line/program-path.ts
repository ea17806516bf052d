/** Looks for programs on the PATH, and names the commands that install those that some work needs and that are missing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exitCodes, UserError } from './errors.ts';

/** The folders of the PATH, in their order. */
export function pathFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  return (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** 'cmake.exe' for 'cmake' on Windows. */
export function executableName(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? `${name}.exe` : name;
}

/** Undefined where the PATH has no such program that may be executed. */
export function programPath(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const file = executableName(name, platform);
  return pathFolders(environment)
    .map((folder) => join(folder, file))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface NeededTool {
  /** 'CMake': for people. */
  title: string;
  /** Any one of these on the PATH will do. */
  programs: readonly string[];
  install: Readonly<Record<'apt' | 'brew' | 'winget', string>>;
}

export interface MissingTool {
  title: string;
  /** The command that installs it. */
  remedy: string;
}

/** @param environment whose PATH is searched */
export function missingTools(
  needed: readonly NeededTool[],
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): MissingTool[] {
  const manager = platform === 'win32' ? 'winget' : platform === 'darwin' ? 'brew' : 'apt';
  return needed
    .filter(({ programs }) => !programs.some((name) => programPath(name, environment, platform) !== undefined))
    .map(({ title, install }) => ({ title, remedy: install[manager] }));
}

/** One line for each that is missing. */
export function missingToolsError(doing: string, missing: readonly MissingTool[]): UserError {
  const names = missing.map(({ title }) => title).join(', ');
  return new UserError(`${doing} needs ${names}, which ${missing.length === 1 ? 'is' : 'are'} not on the PATH`, {
    exitCode: exitCodes.missing,
    remedy: missing.map(({ title, remedy }) => `${title}: ${remedy}`).join('\n       '),
  });
}
