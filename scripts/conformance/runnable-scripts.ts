/** A file directly inside one of the folders of code is something that a person starts; all others are imported. */
import { codeFolders } from './source-tree.ts';

export function isRunnable(file: string): boolean {
  const [folder = '', ...rest] = file.split('/');
  return codeFolders.some((each) => each === folder) && rest.length === 1 && file.endsWith('.ts');
}

/** How many commands of its header start it. */
export function commandsIn(header: string, file: string): number {
  return header.split('\n').filter((line) => line.includes(`npx tsx ${file}`)).length;
}
