import { describe, expect, it } from 'vitest';
import { monotonicNow } from '../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../scripts/engine/engine.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';
import { absent, scripted } from '../../fakes/scripted-framework.ts';

const settings: EngineSettings = {
  ...defaultEngineSettings,
  threads: 2,
  contextTokens: 64,
  batchTokens: 32,
  kvType: 'f16',
};

const sampling = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false };

function start(framework: Framework = scripted, seen: string[] = [], timeoutMs = 20_000): Promise<Engine> {
  return startEngine({
    framework,
    originNs: monotonicNow(),
    settings,
    timeoutMs,
    onCheckpoint: ({ name, edge }) => seen.push(`${name} ${edge}`),
    onProgress: (fraction) => seen.push(`progress ${fraction}`),
    onPiece: (text) => seen.push(`piece ${text}`),
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const promptOf = (text: string) => [...Buffer.from(text)];

describe('an engine process', () => {
  it('loads with the environment of its framework and tells spans and settings', async () => {
    const seen: string[] = [];
    await using engine = await start(scripted, seen);
    expect(await engine.probe()).toMatchObject({ status: 'available', version: 'scripted 1' });
    const loaded = await engine.load('scripted://', settings);
    expect(loaded.effective.settings).toMatchObject({ threads: 2, inherited: 'yes' });
    expect(loaded.abilities.kernel).toBe(false);
    expect(engine.tokenizerPid).toBeNull();
    // Node has some tens of megabytes: these are bytes.
    const { maxResidentBytes, ...told } = await engine.memory();
    expect(told).toEqual({ weightsBytes: 1000 });
    expect(maxResidentBytes).toBeGreaterThan(20e6);
    expect(maxResidentBytes).toBeLessThan(4e9);
    expect(seen).toEqual([
      'framework_import start',
      'framework_import end',
      'model_load start',
      'progress 0.5',
      'model_load end',
    ]);
  });

  it('stamps tokens on the clock of the harness, at the moment they exist', async () => {
    const originNs = monotonicNow();
    await using engine = await startEngine({ framework: scripted, originNs, settings, timeoutMs: 20_000 });
    await engine.load('scripted://ttft=40&gap=15', settings);
    const beforeNs = Number(monotonicNow() - originNs);
    const generation = await engine.generate({ prompt: promptOf('abcd'), maxTokens: 3, stream: false, ...sampling });
    const afterNs = Number(monotonicNow() - originNs);
    expect(generation.pieces.join('')).toBe('dcb');
    expect(generation.stop).toBe('length');
    expect(generation.submitNs).toBeGreaterThan(beforeNs);
    expect(generation.atNs.at(-1)).toBeLessThan(afterNs);
    const [first = 0, second = 0] = generation.atNs;
    // Timers may fire up to a millisecond early by their own rounding, never more.
    expect(first - generation.submitNs).toBeGreaterThan(39e6);
    expect(second - first).toBeGreaterThan(14e6);
  });

  it('streams pieces while it answers, and stops after the current token when it is cancelled', async () => {
    const seen: string[] = [];
    await using engine = await start(scripted, seen);
    await engine.load('scripted://gap=200', settings);
    const generating = engine.generate({ prompt: promptOf('0123456789'), maxTokens: 10, stream: true, ...sampling });
    while (!seen.some((line) => line.startsWith('piece'))) await new Promise((resolve) => setTimeout(resolve, 10));
    await engine.cancel();
    const generation = await generating;
    expect(generation.stop).toBe('cancelled');
    expect(generation.ids.length).toBeLessThan(10);
  });

  it('says what a framework that is missing needs', async () => {
    await using engine = await start(absent);
    expect(await engine.probe()).toEqual({
      status: 'missing',
      reason: 'Absent is not installed',
      remedy: 'Install it.',
    });
  });

  it('leaves no process behind when it is closed', async () => {
    const engine = await start();
    expect(isAlive(engine.pid)).toBe(true);
    await engine[Symbol.asyncDispose]();
    expect(isAlive(engine.pid)).toBe(false);
  });

  it.each([
    { script: 'die=1', says: /killed \(SIGKILL\)/, remedy: /memory/ },
    { script: 'exit=1', says: /exit code 7; its last words: out of ideas/, remedy: /another --quantize/ },
  ])('that ends in the middle of an answer ($script) is one clear line', async ({ script, says, remedy }) => {
    await using engine = await start();
    await engine.load(`scripted://${script}`, settings);
    const generating = engine.generate({ prompt: promptOf('abc'), maxTokens: 3, stream: false, ...sampling });
    await expect(generating).rejects.toMatchObject({
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
    await expect(engine.memory()).rejects.toThrow(says);
  });

  it('that hangs is stopped after the limit, and the limit is named', async () => {
    await using engine = await start(scripted, [], 8000);
    await engine.load('scripted://hang=1', settings);
    const generating = engine.generate({ prompt: promptOf('abc'), maxTokens: 3, stream: false, ...sampling });
    await expect(generating).rejects.toThrow(/within 8 s/);
    await engine[Symbol.asyncDispose]();
    expect(isAlive(engine.pid)).toBe(false);
  });

  it('that refuses or aborts on a model says so on one line', async () => {
    await using refusing = await start();
    await expect(refusing.load('scripted://load=refuse', settings)).rejects.toThrow('the model is broken');
    await using aborting = await start();
    await expect(aborting.load('scripted://load=abort', settings)).rejects.toMatchObject({
      message: expect.stringMatching(/SIGABRT/),
      remedy: expect.stringMatching(/broken model file/),
    });
  });
});
