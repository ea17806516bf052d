import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Rooms most of whose tests take less time than loading what they test. */
const sharingRooms = [
  ...['collate', 'plots', 'scripts/compare', 'scripts/conformance', 'scripts/log', 'scripts/models'],
  ...['scripts/settings', 'scripts/statistics', 'scripts/workloads'],
];

/** What other tests of the process would see. */
const changesItsProcess = /\bvi\.|process\.(argv|chdir|env|exitCode)|globalThis/;

/** Such files may take long, and the end of a run is for short ones. */
const startsProcesses = /child_process|fakes\/(kill-sweep|script)\.ts/;

/** Simulations that take half a minute. */
const long = [
  'test/collate/recommending/predictions.test.ts',
  'test/collate/regressions/trend-truth.test.ts',
  'test/scripts/statistics/simulated-truth.test.ts',
];

const isShort = (file: string) => {
  const text = readFileSync(file, 'utf8');
  return !changesItsProcess.test(text) && !startsProcesses.test(text) && !long.includes(file);
};

const sharing = sharingRooms
  .flatMap((room) => {
    const folder = join('test', room);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name).replaceAll('\\', '/'),
    );
  })
  .filter((file) => file.endsWith('.test.ts') && isShort(file));

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
