/** The law of imports: a module imports from its own room and from rooms of lower layers only, and never in a circle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** From the bottom to the top. Rooms of one layer do not import each other. */
const layers = [
  ['scripts/settings', 'scripts/statistics'],
  ['scripts/command-line'],
  ['scripts/log'],
  ['scripts/results'],
  ['scripts/models'],
  ['scripts/frameworks'],
  ['scripts/engine'],
  ['scripts/machine', 'scripts/preparation', 'scripts/installation'],
  ['scripts/run'],
  ['scripts/workloads'],
  ['scripts/compare', 'scripts/serve'],
  ['scripts/doctor', 'scripts/overhead', 'scripts/tokenlap'],
  ['scripts'],
];

/** What those who read the results may know of those who measured them. */
const readByAll = ['scripts/command-line', 'scripts/statistics', 'scripts/settings', 'scripts/log', 'scripts/results'];

const files = ['scripts', 'collate', 'plots'].flatMap(modulesIn).sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));

test('imports run one way', () => {
  const upwards = files.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((target) => !mayImport(roomOf(file), roomOf(target)))
      .map((target) => `${file} -> ${target}`),
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

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === 'collate') return readByAll.includes(to);
  if (from === 'plots') return to === 'collate' || readByAll.includes(to);
  return layerOf(to) < layerOf(from);
}

function modulesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => join(folder, name));
}

/** 0 is the bottom; above all for what is not in the list. */
function layerOf(room: string): number {
  const layer = layers.findIndex((rooms) => rooms.includes(room));
  return layer === -1 ? Number.POSITIVE_INFINITY : layer;
}

/** `scripts/engine` for everything below it; `scripts` for what is run; `collate`, `plots`. What a workload writes is of the log's format; what must hold of it, its figures and its tables are results. */
function roomOf(file: string): string {
  if (/^scripts\/workloads\/([^/]+\/)?records\.ts$/.test(file)) return 'scripts/log';
  if (/^scripts\/workloads\/([^/]+\/)?([a-z-]+-)?(invariants|figures|tables)\.ts$/.test(file)) return 'scripts/results';
  const [top = '', room = '', ...below] = file.split('/');
  return top === 'scripts' && below.length > 0 ? `${top}/${room}` : top;
}

function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g);
  return [...specifiers].map(([, path = '']) => join(dirname(file), path));
}
