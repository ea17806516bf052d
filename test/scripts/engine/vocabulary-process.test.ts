import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { monotonicNow } from '../../../scripts/engine/clock.ts';
import { startEngine } from '../../../scripts/engine/engine.ts';
import { KeptVocabulary } from '../../../scripts/engine/vocabulary-process.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';
import { scriptedPython } from '../../fakes/scripted-python.ts';

const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
const settings: EngineSettings = { ...defaultEngineSettings, threads: 1, contextTokens: 64, batchTokens: 32 };

interface Loaded {
  tokenizerPid: number | null;
  ids: number[];
  /** Instants of the load of the tokenizer, from the origin of this run. */
  tokenizerMs: number[];
}

/** One run: an engine loads the model, and gives back the tokenizer when it ends. */
async function loadOnce(vocabularies: KeptVocabulary): Promise<Loaded> {
  const tokenizerMs: number[] = [];
  await using engine = await startEngine({
    framework: scriptedPython(),
    originNs: monotonicNow(),
    settings,
    timeoutMs: 20_000,
    vocabularies,
    onCheckpoint: ({ name, atNs }) => {
      if (name === 'tokenizer_load') tokenizerMs.push(atNs / 1e6);
    },
  });
  await engine.load(tiny, settings);
  const { ids } = await engine.tokenize('What is water?');
  const { tokenizerPid } = engine;
  return { tokenizerPid, ids, tokenizerMs };
}

function isAlive(pid: number | null): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}

it('lends one process to engines that follow one another, each with the clock of its run, and ends it with the session', async () => {
  let pid: number | null = null;
  {
    await using vocabularies = new KeptVocabulary();
    const first = await loadOnce(vocabularies);
    await new Promise((later) => setTimeout(later, 300));
    const second = await loadOnce(vocabularies);
    pid = first.tokenizerPid;
    expect(second.tokenizerPid).toBe(pid);
    expect(second.ids).toEqual(first.ids);
    expect(second.ids.length).toBeGreaterThan(1);
    // Told once each, to the run that it belongs to: an instant of the first run's clock would be later by all of that run.
    expect([first.tokenizerMs.length, second.tokenizerMs.length]).toEqual([2, 2]);
    expect(second.tokenizerMs[0]).toBeGreaterThan(0);
    expect(second.tokenizerMs[1]).toBeLessThan(first.tokenizerMs[1] ?? 0);
    expect(isAlive(pid)).toBe(true);
  }
  expect(isAlive(pid)).toBe(false);
});

it('starts another process where the one that waited has died', async () => {
  await using vocabularies = new KeptVocabulary();
  const { tokenizerPid: first } = await loadOnce(vocabularies);
  process.kill(first ?? 0, 'SIGKILL');
  const { tokenizerPid: second, ids } = await loadOnce(vocabularies);
  expect(second).not.toBe(first);
  expect(ids.length).toBeGreaterThan(1);
});

it('has one for each of two engines that live at a time, and keeps one of them', async () => {
  await using vocabularies = new KeptVocabulary();
  const pids: Array<number | null> = [];
  const both = await Promise.all([loadOnce(vocabularies), loadOnce(vocabularies)]);
  pids.push(...both.map(({ tokenizerPid }) => tokenizerPid));
  expect(new Set(pids).size).toBe(2);
  expect(pids.filter(isAlive)).toHaveLength(1);
});
