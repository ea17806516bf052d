import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { givenOptions } from '../../../../scripts/command-line/parsing/framework-options.ts';
import { isRunning } from '../../../../scripts/command-line/running-process.ts';
import { installVariant } from '../../../../scripts/frameworks/installation.ts';
import { buildChoice, buildOption, nativeBuild } from '../../../../scripts/frameworks/llamacpp/build-choice.ts';
import { addonPath } from '../../../../scripts/frameworks/llamacpp/native-build/identity.ts';
import { nativeRecipe } from '../../../../scripts/frameworks/llamacpp/native-build/recipe.ts';
import { type FakeSource, fakeSource } from '../../../fakes/llamacpp-source.ts';
import { onWindows, skipped } from '../../../fakes/skipped.ts';

const unscriptable = skipped(onWindows, 'the native build: the fakes are shell scripts');

describe.skipIf(unscriptable)('the native build of llama.cpp', () => {
  let cache = '';
  let fake: FakeSource;
  const told: string[] = [];
  const steps: Array<[label: string, done: number, total: number]> = [];
  const begin = (programs?: readonly string[]) => {
    fake = fakeSource(programs);
    vi.stubEnv('PATH', fake.path);
    vi.stubEnv('FAKE_STARTED', fake.startedPath);
  };
  const install = (signal = new AbortController().signal) =>
    installVariant('llamacpp', nativeBuild, nativeRecipe(fake.binding, fake.node), {
      progress: (...step) => void steps.push(step),
      tell: (line) => void told.push(line),
      signal,
    });

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'tokenlap-native-cache-'));
    vi.stubEnv('TOKENLAP_CACHE', cache);
    told.length = 0;
    steps.length = 0;
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
    rmSync(join(fake.binding, '..', '..'), { recursive: true, force: true });
  });

  it('comes from the source in the package and keeps the addon, its tools and a log', async () => {
    begin();
    const { folder, facts, identity } = await install();
    expect(identity).toMatchObject({
      version: 'b1',
      binding: '3.0.0',
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(readdirSync(folder).sort()).toEqual(['installed.json', 'llama-addon.node', 'llama-bench', 'llama-quantize']);
    expect(readFileSync(addonPath(folder), 'utf8')).toBe('from the source');
    expect(facts).toEqual({ compiler: 'GNU 12.2.0', openmp: true });
    expect(readFileSync(`${folder}.log`, 'utf8')).toMatch(
      /-DGGML_NATIVE=ON -DGGML_OPENMP=ON .*\n[\s\S]*\[ 50%\] Building/,
    );
    expect(told).toEqual([]);
  });

  it('tells how far the compiler is', async () => {
    begin();
    await install();
    expect(steps.filter(([, , total]) => total > 0)).toEqual([
      ['compiling', 0, 100],
      ['compiling', 50, 100],
      ['compiling', 100, 100],
    ]);
  });

  it('does without OpenMP where there is none, and says so', async () => {
    begin();
    vi.stubEnv('FAKE_OPENMP', 'OFF');
    expect((await install()).facts.openmp).toBe(false);
    expect(told).toEqual([expect.stringContaining('built without it')]);
  });

  it.each([
    [['cmake', 'c++', 'make'], /^git: \S/],
    [['git', 'c++', 'make'], /^CMake: \S/],
    [['git', 'cmake', 'make'], /^a C\+\+ compiler: \S/],
    [['git', 'cmake', 'c++'], /^make: \S/],
    [[], /^git: .+\n +a C\+\+ compiler: .+\n +CMake: .+\n +make: /],
  ])('with %j on the PATH names what is missing, one a line, and starts nothing', async (programs, remedy) => {
    begin(programs);
    await expect(install()).rejects.toMatchObject({ exitCode: 3, remedy: expect.stringMatching(remedy) });
    expect(existsSync(fake.startedPath)).toBe(false);
  });

  it("tells the compiler's error in one line, with the log", async () => {
    begin();
    vi.stubEnv('FAKE_BUILD', 'fails');
    await expect(install()).rejects.toThrow(
      /^cmake ended with 2: one\.cpp:7:1: error: expected unqualified-id; its output is in .*\.log$/,
    );
    vi.stubEnv('FAKE_BUILD', '');
    expect(basename((await install()).folder)).toContain('llamacpp-native-b1-');
  });

  it('is no build when the addon does not load', async () => {
    begin();
    const broken = { ...nativeRecipe(fake.binding, join(fake.binding, 'no-such-node')) };
    const quiet = { progress: () => {}, tell: () => {}, signal: new AbortController().signal };
    await expect(installVariant('llamacpp', nativeBuild, broken, quiet)).rejects.toThrow(/does not start/);
    expect(readdirSync(join(cache, 'frameworks')).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  it('ends with everything that it has started when it is stopped', async () => {
    begin();
    vi.stubEnv('FAKE_BUILD', 'hangs');
    const stop = new AbortController();
    const ended = expect(install(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(() => steps.some(([, done]) => done === 50), { timeout: 20_000 });
    await vi.waitUntil(() => readFileSync(fake.startedPath, 'utf8').trim().split('\n').length === 3);
    stop.abort();
    await ended;
    const started = readFileSync(fake.startedPath, 'utf8').trim().split('\n').map(Number);
    await vi.waitUntil(() => started.every((pid) => !isRunning(pid)), { timeout: 5000 });
    expect(readdirSync(join(cache, 'frameworks')).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });
});

describe('the choice of the build', () => {
  it.each([
    [{}, 'auto'],
    [{ TOKENLAP_LLAMACPP_BUILD: '' }, 'auto'],
    [{ TOKENLAP_LLAMACPP_BUILD: 'prebuilt' }, 'prebuilt'],
    [{ TOKENLAP_LLAMACPP_BUILD: 'native' }, 'native'],
    [{ NODE_LLAMA_CPP_CMAKE_OPTION_GGML_OPENMP: 'ON' }, 'prebuilt'],
  ])('is, with %j, %s', (environment, choice) => {
    expect(buildChoice(givenOptions([buildOption], {}, environment), environment)).toBe(choice);
  });

  it('knows no other', () => {
    expect(() => givenOptions([buildOption], {}, { TOKENLAP_LLAMACPP_BUILD: 'best' })).toThrow(
      'TOKENLAP_LLAMACPP_BUILD is "best"',
    );
  });
});
