/** The law of imports: a module imports from its own room and from rooms of lower layers only, and never in a circle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { mayImport } from '../scripts/conformance/layers.ts';

const files = ['scripts', 'collate', 'plots'].flatMap(modulesIn).sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));

test('imports run one way', () => {
  const upwards = files.flatMap((file) =>
    (imports.get(file) ?? []).filter((target) => !mayImport(file, target)).map((target) => `${file} -> ${target}`),
  );
  expect(upwards).toEqual([]);
});

test('no file imports itself by way of others, types included', () => {
  expect(files.filter((file) => reachedFrom(file).has(file))).toEqual([]);
});

function reachedFrom(file: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(imports.get(file) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...(imports.get(next) ?? []));
  }
  return reached;
}

function modulesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g);
  return [...specifiers].map(([, path = '']) => join(dirname(file), path));
}
