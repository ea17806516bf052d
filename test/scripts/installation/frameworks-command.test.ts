import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { listText } from '../../../scripts/installation/list-command.ts';
import { type FakeSource, fakeSource } from '../../fakes/llamacpp-source.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { type Ended, script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';

const environmentOf = (cache: string) => ({ TOKENLAP_CACHE: cache, NO_COLOR: '1' });

function installing(cache: string, path: string, ...options: string[]): Promise<Ended> {
  return script('scripts/frameworks.ts', ['install', ...options], {
    environment: { ...environmentOf(cache), PATH: path },
  });
}

function frameworks(cache: string, ...options: string[]): Promise<Ended> {
  return scriptHere('scripts/frameworks.ts', options, environmentOf(cache));
}

let fake: FakeSource | undefined;
afterEach(() => {
  if (fake !== undefined) rmSync(join(fake.binding, '..', '..'), { recursive: true, force: true });
});

test('install names every missing tool with its command, and writes nothing', async () => {
  const cache = outputFolder();
  fake = fakeSource([]);
  const { code, stderr, stdout } = await installing(cache, fake.path, 'llamacpp', '--yes');
  expect(code).toBe(3);
  expect(stderr).toMatch(/^error: llama\.cpp, compiled here for this processor needs git, a C\+\+ compiler, CMake/);
  for (const tool of ['git', 'a C++ compiler', 'CMake'])
    expect(stderr).toMatch(new RegExp(`^.*${tool.replaceAll('+', '\\+')}: \\S`, 'm'));
  expect(stdout).toBe('');
  expect(readdirSync(cache)).toEqual([]);
});

test('install says what it costs and starts nothing where nobody can say yes', async () => {
  const cache = outputFolder();
  fake = fakeSource();
  const { code, stderr } = await installing(cache, fake.path, 'llamacpp', '--variant', 'native');
  expect(code).toBe(2);
  expect(stderr).toMatch(/Nothing is downloaded; it takes about \d+ minutes/);
  expect(stderr).toContain(join(cache, 'frameworks', 'llamacpp-native-'));
  expect(stderr).toMatch(/next: {2}Add --yes\./);
  expect(existsSync(join(cache, 'frameworks'))).toBe(false);
});

test.each([
  [['install', 'nothing'], 'unknown framework "nothing"'],
  [['install', 'llamacpp', '--variant', 'cu130'], 'llamacpp has no variant "cu130"'],
  [['install', 'openai'], 'openai has no variants to install'],
])('%j is refused with what there is', async (words, message) => {
  const { code, stderr } = await frameworks(outputFolder(), ...words);
  expect(code).toBe(2);
  expect(stderr).toContain(`error: ${message}`);
});

test('remove and prune take away what is installed and what killed installations left', async () => {
  const cache = outputFolder();
  const folder = (name: string) => join(cache, 'frameworks', name);
  const make = (name: string, marker: boolean) => {
    mkdirSync(folder(name), { recursive: true });
    writeFileSync(join(folder(name), 'library'), 'library');
    const facts = { framework: 'llamacpp', variant: 'native', identity: { version: 'old' }, facts: {}, bytes: 7 };
    const times = { durationMs: 1, installedAt: '2026-01-01T00:00:00Z' };
    if (marker) writeFileSync(join(folder(name), 'installed.json'), JSON.stringify({ ...facts, ...times }));
  };
  make('llamacpp-native-old-1', true);
  make('llamacpp-native-new-2', false);
  const removed = await frameworks(cache, 'remove', 'llamacpp', '--json');
  expect(JSON.parse(removed.stdout)).toEqual([{ folder: folder('llamacpp-native-old-1'), bytes: expect.any(Number) }]);
  expect(readdirSync(folder(''))).toEqual(['llamacpp-native-new-2']);
  const pruned = await frameworks(cache, 'prune');
  expect(pruned.stdout).toMatch(/^removed .*llamacpp-native-new-2, 7\.00 B\n$/);
  expect(readdirSync(folder(''))).toEqual([]);
  expect((await frameworks(cache, 'prune')).stdout).toBe('Nothing to remove: every folder is in use.\n');
});

test('list puts the commands that install below the table, however narrow the screen', () => {
  const command = 'npx tsx scripts/frameworks.ts install llamacpp --variant native';
  const text = listText(
    [
      {
        ...{ framework: 'llamacpp', state: 'works: cpu', version: '3.19.1' },
        variants: [
          {
            ...{ name: 'native', title: 'built here', gain: '', minutes: 5, downloadBytes: 0 },
            ...{ installed: undefined, command },
          },
        ],
      },
    ],
    80,
  );
  const lines = stripVTControlCharacters(text).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.at(-1)).toBe(`  ${command}`);
});
