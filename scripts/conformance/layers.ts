/** The law of imports: a module imports from its own room and from rooms of lower layers only. docs/architecture.md tells what the rooms hold. */

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
  ['scripts/conformance', 'scripts/doctor', 'scripts/overhead', 'scripts/tokenlap'],
  ['scripts'],
];

/** What those who read the results may know of those who measured them. */
const readByAll = ['scripts/command-line', 'scripts/statistics', 'scripts/settings', 'scripts/log', 'scripts/results'];

/** Whether the law lets one file import another. */
export function mayImport(file: string, target: string): boolean {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to) return true;
  if (from === 'collate') return readByAll.includes(to);
  if (from === 'plots') return to === 'collate' || readByAll.includes(to);
  return layerOf(to) < layerOf(from);
}

/** 0 is the bottom; above all for what is not in the list. */
function layerOf(room: string): number {
  const layer = layers.findIndex((rooms) => rooms.includes(room));
  return layer === -1 ? Number.POSITIVE_INFINITY : layer;
}

/** `scripts/engine` for everything below it; `scripts` for what is run; `collate`, `plots`. What a workload writes is of the log's format; what must hold of it, its figures and its tables are results. */
export function roomOf(file: string): string {
  if (/^scripts\/workloads\/([^/]+\/)?records\.ts$/.test(file)) return 'scripts/log';
  if (/^scripts\/workloads\/([^/]+\/)?([a-z-]+-)?(invariants|figures|tables)\.ts$/.test(file)) return 'scripts/results';
  const [top = '', room = '', ...below] = file.split('/');
  return top === 'scripts' && below.length > 0 ? `${top}/${room}` : top;
}
