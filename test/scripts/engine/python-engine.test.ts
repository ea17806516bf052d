import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicNow } from '../../../scripts/engine/clock.ts';
import { type Engine, probeFramework, startEngine } from '../../../scripts/engine/engine.ts';
import type { PythonFramework } from '../../../scripts/frameworks/framework.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';
import { scriptedPython } from '../../fakes/scripted-python.ts';

const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
const settings: EngineSettings = { ...defaultEngineSettings, threads: 2, contextTokens: 64, batchTokens: 32 };
const sampling = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

function start(script = '', seen: string[] = [], timeoutMs = 20_000, originNs = monotonicNow()): Promise<Engine> {
  return startEngine({
    framework: scriptedPython(script),
    originNs,
    settings,
    timeoutMs,
    onCheckpoint: ({ name, edge }) => seen.push(`${name} ${edge}`),
    onProgress: (fraction, doing) =>
      seen.push(doing === undefined ? `progress ${fraction}` : `${doing.what}, ${doing.detail}`),
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

describe('a Python engine', () => {
  it('loads with spans of its own and of the tokenizer, and tells what it read back', async () => {
    const seen: string[] = [];
    await using engine = await start('', seen);
    expect(await engine.probe()).toMatchObject({ status: 'available', version: 'scripted 1' });
    const loaded = await engine.load(tiny, settings);
    expect(loaded).toMatchObject({
      effective: { settings: { threads: 2 }, comparable: true },
      abilities: { kernel: false, score: true, likelihoods: false, embed: false },
    });
    expect(loaded.effective.build.python).toMatch(/^3\./);
    expect(loaded.effective.build.tokenizer).toMatch(/llama\.cpp/);
    expect(seen).toEqual([
      'framework_import start',
      'framework_import end',
      'tokenizer_load start',
      'tokenizer_load end',
      'model_load start',
      'progress 0.5',
      'model_load end',
    ]);
    expect(engine.tokenizerPid).not.toBe(engine.pid);
    const { maxResidentBytes, ...told } = await engine.memory();
    expect(told).toEqual({ weightsBytes: 1000 });
    // An interpreter has some megabytes: these are bytes.
    expect(maxResidentBytes).toBeGreaterThan(5e6);
    expect(maxResidentBytes).toBeLessThan(2e9);
    expect(await engine.statistics()).toEqual({ shared_bytes: 12 });
  });

  it('loads what its framework makes of the model file, whose tokenizer stays that of the file', async () => {
    const seen: string[] = [];
    await using engine = await startEngine({
      framework: {
        ...scriptedPython(),
        convertModel: async ({ modelPath, progress }) => {
          progress(0.25);
          return join(modelPath, 'made');
        },
      },
      originNs: monotonicNow(),
      settings,
      timeoutMs: 20_000,
      onCheckpoint: ({ name, edge }) => seen.push(`${name} ${edge}`),
      onProgress: (fraction) => seen.push(`progress ${fraction}`),
    });
    const { effective } = await engine.load(tiny, settings);
    expect(effective.build.loaded).toBe('made');
    // Before anything that is timed.
    expect(seen[0]).toBe('progress 0.25');
    expect((await engine.tokenize('a')).ids).toHaveLength(1);
  });

  it('ends the conversion of a model when it is ended itself', async () => {
    let ended = false;
    const engine = await startEngine({
      framework: {
        ...scriptedPython(),
        convertModel: ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              ended = true;
              reject(new Error('the conversion was ended'));
            });
          }),
      },
      originNs: monotonicNow(),
      settings,
      timeoutMs: 20_000,
    });
    const loading = expect(engine.load(tiny, settings)).rejects.toThrow('the conversion was ended');
    await engine[Symbol.asyncDispose]();
    await loading;
    expect(ended).toBe(true);
  });

  it('says what takes minutes while it loads', async () => {
    const seen: string[] = [];
    await using engine = await start('doing=searching', seen);
    await engine.load(tiny, settings);
    expect(seen.slice(-3)).toEqual(['progress 0.5', 'searching, 1 done', 'model_load end']);
  });

  it('returns the lent vocabulary with its model, and has one at a time', async () => {
    await using engine = await start();
    expect(engine.tokenizerPid).toBeNull();
    const isThere = (pid: number | null) => existsSync(`/proc/${pid}/exe`);
    const lent: Array<number | null> = [];
    for (let load = 0; load < 3; load++) {
      await engine.load(tiny, settings);
      lent.push(engine.tokenizerPid);
      if (load === 1) await engine.unload();
    }
    expect(new Set(lent).size).toBe(3);
    if (process.platform === 'linux') expect(lent.map(isThere)).toEqual([false, false, true]);
  });

  it('gets ids from the lent vocabulary, and its ids get their text there', async () => {
    await using engine = await start();
    await engine.load(tiny, settings);
    const { ids } = await engine.tokenize('The sky is blue.');
    const generation = await engine.generate({ prompt: ids, maxTokens: 60, ...sampling });
    expect(generation.ids).toEqual(ids);
    expect(generation.pieces.join('')).toBe('The sky is blue.');
    expect(generation.enqueueNs).toEqual(ids.map(() => 1000));
  });

  it('knows the tokens that end a generation', async () => {
    await using engine = await start();
    await engine.load(tiny, settings);
    const { ids } = await engine.tokenize('Yes<|im_end|>No');
    const generation = await engine.generate({ prompt: ids, maxTokens: 60, ...sampling });
    expect(generation.pieces.join('')).toBe('Yes');
    expect(generation.stop).toBe('end');
  });

  it('stamps on the clock of the harness', async () => {
    const originNs = monotonicNow();
    await using engine = await start('gap=15', [], 20_000, originNs);
    await engine.load(tiny, settings);
    const beforeNs = Number(monotonicNow() - originNs);
    const { submitNs, promptEvaluatedNs, atNs } = await engine.generate({
      prompt: [1, 2, 3],
      maxTokens: 3,
      ...sampling,
      ignoreEndOfSequence: true,
    });
    const afterNs = Number(monotonicNow() - originNs);
    expect(submitNs).toBeGreaterThan(beforeNs);
    expect(promptEvaluatedNs).toBeGreaterThanOrEqual(submitNs);
    expect(atNs.at(-1)).toBeLessThan(afterNs);
    expect((atNs[1] ?? 0) - (atNs[0] ?? 0)).toBeGreaterThan(15e6);
  });

  it('streams text while it answers, and stops after the current token when it is cancelled', async () => {
    const seen: string[] = [];
    await using engine = await start('gap=100', seen);
    await engine.load(tiny, settings);
    const { ids } = await engine.tokenize('one two three four five six seven eight');
    const generating = engine.generate({ prompt: ids, maxTokens: 60, ...sampling, stream: true });
    while (!seen.some((line) => line.startsWith('piece'))) await new Promise((resolve) => setTimeout(resolve, 10));
    await engine.cancel();
    const generation = await generating;
    expect(generation.stop).toBe('cancelled');
    expect(generation.ids.length).toBeLessThan(ids.length);
    expect(
      seen
        .filter((line) => line.startsWith('piece'))
        .map((line) => line.slice(6))
        .join(''),
    ).toBe(generation.pieces.join(''));
  });

  it('writes the rows of a score where it is told to', async () => {
    await using engine = await start();
    await engine.load(tiny, settings);
    const folder = await mkdtemp(join(tmpdir(), 'tokenlap-score-'));
    const path = join(folder, 'logits');
    expect(await engine.score({ tokens: [1, 2, 3], from: 1, path })).toEqual({ rows: 3, columns: 8 });
    expect(await readFile(path)).toHaveLength(3 * 8 * 4);
    await rm(folder, { recursive: true });
  });

  it('may print what it likes', async () => {
    await using engine = await start('load=print');
    await expect(engine.load(tiny, settings)).resolves.toMatchObject({ effective: { device: 'cpu' } });
  });

  it.each([
    { script: 'load=refuse', says: /^the model is broken$/, remedy: /Take another/, exitCode: 2 },
    { script: 'load=raise', says: /^ValueError: something odd$/, remedy: undefined, exitCode: 1 },
    { script: 'load=memory', says: /^out of memory/, remedy: /smaller model/, exitCode: 1 },
    { script: 'load=die', says: /killed \(SIGKILL\)/, remedy: /memory/, exitCode: 1 },
    { script: 'load=exit', says: /exit code 7; its last words: out of ideas/, remedy: /--quantize/, exitCode: 1 },
    { script: 'load=rubbish', says: /sent an invalid message: rubbish/, remedy: /look at the log/, exitCode: 1 },
  ])('that goes wrong while it loads ($script) is one clear line', async ({ script, says, remedy, exitCode }) => {
    await using engine = await start(script);
    const failure = await engine.load(tiny, settings).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(says), exitCode });
    if (remedy !== undefined) expect(failure).toMatchObject({ remedy: expect.stringMatching(remedy) });
  });

  it.each(['die', 'exit', 'rubbish'])('that goes wrong in mid-answer (%s) leaves no process behind', async (how) => {
    const engine = await start(`generate=${how}&at=1`);
    await engine.load(tiny, settings);
    const generating = engine.generate({ prompt: [9, 10, 11], maxTokens: 3, ...sampling, ignoreEndOfSequence: true });
    await expect(generating).rejects.toThrow(/Scripted Python engine/);
    await engine[Symbol.asyncDispose]();
    expect(isAlive(engine.pid)).toBe(false);
  });

  it('that is killed from outside in mid-answer says so, and what it printed is kept', async () => {
    await using engine = await start('gap=50&generate=print&at=1');
    await engine.load(tiny, settings);
    const generating = engine.generate({ prompt: Array(60).fill(9), maxTokens: 60, ...sampling });
    setTimeout(() => process.kill(engine.pid, 'SIGKILL'), 300);
    await expect(generating).rejects.toMatchObject({
      message: expect.stringMatching(/was killed \(SIGKILL\)/),
      stderrTail: expect.stringMatching(/a library that talks/),
    });
  });

  it('that dies while its vocabulary is loaded is told of at once', async () => {
    await using engine = await start();
    const loading = engine.load(tiny, settings);
    let killedMs = 0;
    setTimeout(() => {
      killedMs = performance.now();
      process.kill(engine.pid, 'SIGKILL');
    }, 20);
    await expect(loading).rejects.toThrow(/was killed \(SIGKILL\)/);
    // The process of the vocabulary takes longer than that to start.
    expect(performance.now() - killedMs).toBeLessThan(500);
  });

  it('that hangs is stopped after the limit', async () => {
    await using engine = await start('load=hang', [], 8000);
    await expect(engine.load(tiny, settings)).rejects.toThrow(/did not finish "load" within 8 s/);
  }, 30_000);
});

describe('the search for an interpreter', () => {
  const before = process.env.TOKENLAP_PYTHON;
  beforeEach(() => void delete process.env.TOKENLAP_PYTHON);
  afterEach(() => {
    if (before === undefined) delete process.env.TOKENLAP_PYTHON;
    else process.env.TOKENLAP_PYTHON = before;
  });
  const needing = (...needs: string[]): PythonFramework => ({ ...scriptedPython(), needs, remedy: 'Install it.' });

  it('tells every candidate and what it lacks, and the remedy', async () => {
    expect(await probeFramework(needing('no_such_module_x'))).toEqual({
      status: 'missing',
      reason: expect.stringMatching(
        /no Python here has no_such_module_x: .*python3 \(3\.\d+\.\d+\) lacks no_such_module_x/,
      ),
      remedy: 'Install it.',
    });
  });

  it('takes the interpreter that is asked for and no other', async () => {
    process.env.TOKENLAP_PYTHON = '/nowhere/python';
    expect(await probeFramework(needing())).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/\/nowhere\/python is not there/),
    });
  });

  it('refuses a Python too old for the engines', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenlap-python-'));
    const old = join(folder, 'python');
    await writeFile(old, '#!/bin/sh\necho \'{"path": "x", "version": "3.6.9", "lacks": []}\'\n');
    await chmod(old, 0o755);
    process.env.TOKENLAP_PYTHON = old;
    expect(await probeFramework(needing())).toMatchObject({
      reason: expect.stringMatching(/3\.6\.9, older than 3\.9/),
    });
    await rm(folder, { recursive: true });
  });

  it('passes on what the framework itself finds missing', async () => {
    const answer = await probeFramework(scriptedPython('probe=missing'));
    expect(answer).toEqual({ status: 'missing', reason: 'it is broken', remedy: 'Mend it.' });
  });
});
