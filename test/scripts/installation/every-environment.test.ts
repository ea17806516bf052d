/** Several environments in one command: the failure of one is a line, and the rest goes on. */
import { delimiter, join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { isPythonVariant } from '../../../scripts/frameworks/python-environment/variant.ts';
import { frameworkNamed, frameworks } from '../../../scripts/frameworks/registry.ts';
import type { FrameworkVariant, VariantRecipe } from '../../../scripts/frameworks/variant.ts';
import {
  environmentsCostText,
  installEnvironments,
  requireAllInstalled,
} from '../../../scripts/installation/installing.ts';
import { type ChosenVariant, everyEnvironment } from '../../../scripts/installation/variants.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { onWindows, skipped } from '../../fakes/skipped.ts';
import { fakeUv } from '../../fakes/uv.ts';

const signal = new AbortController().signal;
let printed = '';
beforeEach(() => {
  vi.stubEnv('TOKENLAP_CACHE', outputFolder());
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

function environment(name: string, make: VariantRecipe['make']): ChosenVariant {
  const variant: FrameworkVariant = {
    ...{ name: 'cpu', title: name, gain: '' },
    costs: { downloadBytes: 1e6, installedBytes: 3e6, workingBytes: 4e6, minutes: 1 },
    recipe: async () => ({ identity: { version: '1', lock: name }, missingTools: async () => [], make }),
  };
  return { framework: { ...frameworkNamed('pytorch'), name, title: name.toUpperCase() }, variant };
}

const working = async () => ({ python: '3.11.7' });
const failing = async () => {
  throw new UserError('it is broken', { remedy: 'Mend it.' });
};

test('one that fails is a line with the next step, and the others are installed', async () => {
  const chosen = [environment('one', working), environment('two', failing), environment('three', working)];
  expect(await environmentsCostText(chosen)).toBe(
    'ONE, TWO, THREE: at most 3.00 MB to download, 9.00 MB on disk, about 3 minutes on two cores, without the download.',
  );
  const outcomes = await installEnvironments({ signal }, chosen);
  expect(outcomes.map(({ framework, failure }) => [framework, failure?.message])).toEqual([
    ['one', undefined],
    ['two', 'it is broken'],
    ['three', undefined],
  ]);
  expect(printed).toMatch(/^ONE: installed in .*, Python 3\.11\.7$/m);
  expect(printed).toMatch(/^TWO: not installed: it is broken\n {2}next: Mend it\.$/m);
  expect(() => requireAllInstalled(outcomes)).toThrow('1 of 3 frameworks could not be installed');

  printed = '';
  expect(await environmentsCostText(chosen)).toMatch(/^TWO: at most 1\.00 MB/);
  await installEnvironments({ signal }, [environment('one', working), environment('two', working)]);
  expect(printed).toMatch(/^ONE: installed already/m);
  expect(await environmentsCostText(chosen)).toBeNull();
});

test('a person who stops it stops all of it', async () => {
  const stop = new AbortController();
  const stopping = async () => {
    stop.abort();
    throw new Error('ended');
  };
  const reached = vi.fn(working);
  const chosen = [environment('one', stopping), environment('two', reached)];
  await expect(installEnvironments({ signal: stop.signal }, chosen)).rejects.toMatchObject({ name: 'AbortError' });
  expect(reached).not.toHaveBeenCalled();
});

test('every framework that lives in Python and has an environment is taken, and none with a compiler', () => {
  const expected = frameworks.filter(({ host, variants = [] }) => host === 'python' && variants.some(isPythonVariant));
  expect(expected.length).toBeGreaterThan(3);
  expect(everyEnvironment().map(({ framework }) => framework)).toEqual(expected);
  for (const { variant } of everyEnvironment()) expect(isPythonVariant(variant)).toBe(true);
});

test.skipIf(skipped(onWindows, 'the fake of uv is a shell script'))(
  'install --all tries each, says which failed and why, and does not end as if it had worked',
  async () => {
    const place = outputFolder();
    const uv = fakeUv(place, 'error: No solution found; tiny was not found in the provided package locations');
    const { code, stdout, stderr } = await script(
      'scripts/frameworks.ts',
      ['install', '--all', '--yes', '--offline', '--find-links', place],
      { environment: { TOKENLAP_CACHE: join(place, 'cache'), PATH: `${uv}${delimiter}${process.env.PATH}` } },
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const all = everyEnvironment();
    for (const { framework, variant } of all) {
      expect(stderr).toContain(
        `${framework.title}: not installed: ${framework.name} ${variant.name}: a package is not`,
      );
    }
    expect(stderr).toContain(`error: ${all.length} of ${all.length} frameworks could not be installed`);
  },
);

test.each([
  [['--all', 'pytorch'], '--all installs every Python environment'],
  [[], 'no framework is named'],
])('install %j is refused with the next step', async (words, message) => {
  const { code, stderr } = await scriptHere('scripts/frameworks.ts', ['install', ...words]);
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^error: ${message}`, 'm'));
});
