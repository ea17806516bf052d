/** Which interpreter a framework gets, and what the log then has of it. The installed environment is one with nothing in it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { interpreterFacts, interpreterFor } from '../../../scripts/engine/python-interpreter.ts';
import { installVariant, removeInstallation } from '../../../scripts/frameworks/installation.ts';
import { environmentPython } from '../../../scripts/frameworks/python-environment/recipe.ts';
import type { FrameworkVariant } from '../../../scripts/frameworks/variant.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

const system = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const packages = 'numpy 2.4.6, torch 2.13.0+cpu';

const variantOf = (lock: string): FrameworkVariant => ({
  ...{ name: 'cpu', title: 'an environment', gain: '' },
  costs: { downloadBytes: 0, installedBytes: 0, workingBytes: 0, minutes: 1 },
  recipe: async () => ({
    identity: { version: '1', lock },
    missingTools: async () => [],
    make: async ({ folder }) => {
      const path = environmentPython(folder);
      mkdirSync(join(path, '..'));
      symlinkSync(system, path);
      return { python: '3.11.7', packages };
    },
  }),
});

const quiet = { progress: () => {}, tell: () => {}, signal: new AbortController().signal };
const install = async (variant: FrameworkVariant) => installVariant('tiny', variant, await variant.recipe(), quiet);

/** Each with a need of its own: the answer for the same needs is kept. */
const needing = (variants: FrameworkVariant[], need: string) => ({
  ...{ name: 'tiny', needs: [need], remedy: 'Install it.', variants },
});

beforeEach(() => {
  vi.stubEnv('TOKENLAP_CACHE', outputFolder());
  vi.stubEnv('TOKENLAP_PYTHON', '');
});
afterEach(() => void vi.unstubAllEnvs());

test('the installed environment comes before any other Python, and the log has its lock and every package', async () => {
  const variant = variantOf('ab12');
  const { folder } = await install(variant);
  const found = await interpreterFor(needing([variant], 'json'));
  expect(found.lock).toBe('ab12');
  expect(found.path).toBe(environmentPython(folder));
  expect(interpreterFacts(found)).toEqual({ python: found.version, managed: true, lock: 'ab12', packages });
});

test('a Python that is named comes before the environment, and is not managed', async () => {
  const variant = variantOf('ab12');
  await install(variant);
  vi.stubEnv('TOKENLAP_PYTHON', system);
  const { python: named, ...found } = interpreterFacts(await interpreterFor(needing([variant], 'csv')));
  expect(named).toMatch(/^3\./);
  expect(found).toEqual({ managed: false, packages: '' });
});

test.each([
  ['of another lock', async () => [variantOf('other')]],
  [
    'that was removed',
    async (variant: FrameworkVariant, folder: string) => {
      await removeInstallation(folder);
      return [variant];
    },
  ],
  [
    'whose interpreter is gone',
    async (variant: FrameworkVariant, folder: string) => {
      rmSync(environmentPython(folder));
      return [variant];
    },
  ],
])('an environment %s is passed over', async (name, change) => {
  const variant = variantOf('ab12');
  const { folder } = await install(variant);
  const variants = await change(variant, folder);
  const need = { 'of another lock': 'wave', 'that was removed': 'glob' }[name] ?? 'shelve';
  const found = await interpreterFor(needing(variants, need));
  expect(found.lock).toBeNull();
  expect(found.path).not.toContain(folder);
});
