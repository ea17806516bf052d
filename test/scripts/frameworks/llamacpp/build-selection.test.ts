/** Which library computes, for real, on the embedded model. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { probeFramework, startEngine } from '../../../../scripts/engine/engine.ts';
import { installationFolder, installVariant } from '../../../../scripts/frameworks/installation.ts';
import { nativeBuild } from '../../../../scripts/frameworks/llamacpp/build-choice.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { addonPath, nativeIdentity } from '../../../../scripts/frameworks/llamacpp/native-build/identity.ts';
import { configured } from '../../../../scripts/frameworks/registry.ts';
import { defaultEngineSettings } from '../../../../scripts/settings/settings.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { skipped } from '../../../fakes/skipped.ts';

const tiny = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');
const settings = { ...defaultEngineSettings, device: 'cpu', contextTokens: 256, batchTokens: 64 };

async function loadedEngine(change: Partial<typeof settings> = {}) {
  const options = {
    framework: llamacpp,
    originNs: monotonicNow(),
    settings: { ...settings, framework: configured(llamacpp).given ?? {}, ...change },
  };
  const engine = await startEngine({ ...options, timeoutMs: 60_000 });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, loaded: await engine.load(tiny, options.settings) };
}

/** Complete by its marker, and no library. */
function installBroken(): void {
  const identity = nativeIdentity();
  const name = { framework: 'llamacpp', variant: 'native' };
  const folder = installationFolder(name, identity);
  mkdirSync(folder, { recursive: true });
  writeFileSync(addonPath(folder), 'no library');
  const times = { bytes: 10, durationMs: 1, installedAt: '2026-01-01T00:00:00Z' };
  writeFileSync(`${folder}/installed.json`, JSON.stringify({ ...name, identity, facts: {}, ...times }));
}

const answer = { maxTokens: 24, temperature: 0, seed: 1, ignoreEndOfSequence: true, reusePrefix: false, stream: false };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('without a native build', () => {
  it('the prebuilt library computes and says that there is another', async () => {
    vi.stubEnv('TOKENLAP_CACHE', outputFolder());
    const { loaded } = await loadedEngine();
    expect(loaded.effective.build).toMatchObject({ buildType: 'prebuilt', alternatives: 'native' });
    expect(loaded.effective.notes).toEqual([]);
  });

  it('a native one that was asked for is missing, with the command that makes it', async () => {
    vi.stubEnv('TOKENLAP_CACHE', outputFolder());
    vi.stubEnv('TOKENLAP_LLAMACPP_BUILD', 'native');
    expect(await probeFramework(llamacpp, 'cpu')).toMatchObject({
      status: 'missing',
      reason: expect.stringContaining('llama.cpp has no native build on this machine'),
      remedy: expect.stringContaining('scripts/frameworks.ts install llamacpp --variant native'),
    });
  });
});

describe('with a native build that does not load', () => {
  it.each(['cpu', 'auto'])('the prebuilt library takes its place on %s, and the run says so', async (device) => {
    vi.stubEnv('TOKENLAP_CACHE', outputFolder());
    installBroken();
    const { loaded } = await loadedEngine({ device });
    expect(loaded.effective.build.buildType).toBe('prebuilt');
    expect(loaded.effective.notes).toEqual([
      { code: 'native_build_failed', message: expect.stringMatching(/^the native build did not load .*: [^\n]+$/) },
    ]);
  });

  it('nothing is said where the prebuilt one was asked for', async () => {
    vi.stubEnv('TOKENLAP_CACHE', outputFolder());
    installBroken();
    vi.stubEnv('TOKENLAP_LLAMACPP_BUILD', 'prebuilt');
    expect((await loadedEngine()).loaded.effective.notes).toEqual([]);
  });
});

const realCache = process.env.TOKENLAP_TEST_NATIVE_BUILD;

/** Minutes, once: set TOKENLAP_TEST_NATIVE_BUILD to a folder that keeps what is built. */
const reason = 'a real native build: TOKENLAP_TEST_NATIVE_BUILD names no cache that has one';
describe.skipIf(skipped(realCache === undefined, reason))('with a native build', () => {
  it('that one computes without being asked for, and gives the ids of the prebuilt one', async () => {
    vi.stubEnv('TOKENLAP_CACHE', realCache ?? '');
    const quiet = { progress: () => {}, tell: () => {}, signal: new AbortController().signal };
    const { facts } = await installVariant('llamacpp', nativeBuild, await nativeBuild.recipe(), quiet);
    const native = await loadedEngine();
    expect(native.loaded.effective.build).toMatchObject({
      ...{ buildType: 'native', alternatives: 'prebuilt', compiler: facts.compiler },
      systemInfo: expect.stringContaining(facts.openmp === true ? 'OPENMP = 1' : 'CPU'),
    });
    expect(native.loaded.effective.notes).toEqual([]);
    const { ids: prompt } = await native.engine.tokenize('What is the capital of France?');
    vi.stubEnv('TOKENLAP_LLAMACPP_BUILD', 'prebuilt');
    const prebuilt = await loadedEngine();
    expect(prebuilt.loaded.effective.build.buildType).toBe('prebuilt');
    const [here, there] = [native, prebuilt].map(({ engine }) => engine.generate({ prompt, ...answer }));
    expect((await here)?.ids).toEqual((await there)?.ids);
  }, 3_600_000);
});
