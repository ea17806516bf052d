/** Looks for programs on the PATH. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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
