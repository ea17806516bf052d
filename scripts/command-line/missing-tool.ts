/** Programs of the system that some work needs, and the command that brings each. */
import { exitCodes, UserError } from './errors.ts';
import { programPath } from './program-path.ts';

export interface NeededTool {
  /** 'CMake': for people. */
  title: string;
  /** Any one of these on the PATH will do. */
  programs: readonly string[];
  install: Readonly<Record<'apt' | 'brew' | 'winget', string>>;
}

export interface MissingTool {
  title: string;
  /** The command that brings it. */
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
