/** The code that is analysed: names and texts of files, from the disk or from anywhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths are relative to the repository, with `/` between their parts. */
export interface SourceTree {
  /** In order. */
  readonly files: readonly string[];
  read(file: string): string;
}

export const codeFolders = ['scripts', 'collate', 'plots'] as const;
/** The one file of defaults, which a rule compares with. */
export const defaultsFile = 'configs/defaults.json';

/** @param root folder of the repository @throws the operating system's error */
export function diskTree(root: string): SourceTree {
  const code = codeFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter(isCode),
  );
  return { files: [...code, defaultsFile].sort(), read: (file) => readFileSync(join(root, file), 'utf8') };
}

function isCode(file: string): boolean {
  return (file.endsWith('.ts') && !file.endsWith('.d.ts')) || isPython(file);
}

export function isPython(file: string): boolean {
  return file.endsWith('.py');
}
