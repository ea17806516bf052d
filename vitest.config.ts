import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Rooms most of whose tests take less time than loading what they test. */
const sharingRooms = [
  ...[
    'collate',
    'plots',
    'scripts/compare',
    'scripts/conformance',
    'scripts/log',
    'scripts/models',
    'scripts/settings',
  ],
  ...['scripts/statistics', 'scripts/workloads'],
];

/** What other tests of the process would see. */
const changesItsProcess = /\bvi\.|process\.(argv|chdir|env|exitCode)|globalThis/;

const sharing = sharingRooms
  .flatMap((room) => {
    const folder = join('test', room);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  })
  .filter((file) => file.endsWith('.test.ts') && !changesItsProcess.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: {
    // Two at a time: most files wait for one process, and more of them would starve each other's engines.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: sharing } },
      // They come last, so that no long file does. A module is loaded once for all of them.
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false } },
    ],
  },
});
