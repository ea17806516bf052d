/** Where node-llama-cpp and its parts lie: the package exports its entry alone, so they are looked for where Node looks. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export function bindingFolder(): string {
  return packageFolder('node-llama-cpp') ?? join('node_modules', 'node-llama-cpp');
}

/** Of a package that the binding needs; undefined where it is not installed. @param from a file of whoever needs it */
export function packageFolder(name: string, from = import.meta.url): string | undefined {
  const places = createRequire(from).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(folder));
}
