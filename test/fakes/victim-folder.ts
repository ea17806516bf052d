/** A folder beside the one that is worked on, which nothing may change. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param parent folder of the one that is attacked */
export function victimFolder(parent: string) {
  const path = join(parent, 'victim');
  mkdirSync(join(path, 'plots'), { recursive: true });
  const names = ['secret.csv', 'runs.csv', 'llamacpp.csv', '.secret.csv.next', 'report.html', 'plots/parity.svg'];
  for (const name of names) writeFileSync(join(path, name), `precious ${name}\n`.repeat(50));
  return { path, snapshot: () => snapshotOf(path) };
}

/** Of every file and link below it, hash or target, mode and number of links. */
function snapshotOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name): [string, string] => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    const content = stats.isSymbolicLink()
      ? readlinkSync(path)
      : stats.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : 'folder';
    return [name, `${content} ${stats.mode}`];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
