/** The bridge to a page of a real browser, with a framework that does as it is told. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../../../scripts/engine/browser/open-browser.ts';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import type { BrowserFramework } from '../../../../scripts/frameworks/framework.ts';
import { memoryMeter } from '../../../../scripts/run/memory-meter.ts';
import {
  defaultEngineSettings,
  type EngineSettings,
  type FrameworkSettings,
} from '../../../../scripts/settings/settings.ts';
import { itInBrowser } from './in-browser.ts';

const settings: EngineSettings = { ...defaultEngineSettings, contextTokens: 64, batchTokens: 32 };
const sampling = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-browser-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function scriptedPage(devices: readonly string[] = ['paper']): BrowserFramework {
  writeFileSync(join(folder, 'list.txt'), devices.join('\n'));
  return {
    name: 'scripted-page',
    title: 'Scripted page',
    host: 'browser',
    module: new URL('./scripted-page.ts', import.meta.url).href,
    devices: ['webgpu'],
    modelFormats: ['gguf'],
    quantizations: ['q0f32'],
    files: async () => ({ '/devices/': folder }),
  };
}

interface Change {
  timeoutMs?: number;
  device?: string;
  devices?: string[];
  originNs?: bigint;
  given?: FrameworkSettings;
}

function start(seen: string[] = [], change: Change = {}): Promise<Engine> {
  return startEngine({
    framework: scriptedPage(change.devices),
    originNs: change.originNs ?? monotonicNow(),
    settings: { ...settings, device: change.device ?? 'auto', framework: change.given ?? {} },
    timeoutMs: change.timeoutMs ?? 20_000,
    onCheckpoint: ({ name, edge }) => seen.push(`${name} ${edge}`),
    onProgress: (fraction) => seen.push(`progress ${fraction}`),
    onPiece: (text) => seen.push(`piece ${text}`),
  });
}

/** Processes of the browser's group that are left. */
function processesOf(pid: number): string[] {
  const groups = execFileSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' });
  return groups.split('\n').filter((line) => line.trim().startsWith(`${pid} `) && !/^\s*\d+\s+Z/.test(line));
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 3000; waited += 50) await sleep(50);
  expect(condition()).toBe(true);
}

async function expectGone(pid: number): Promise<void> {
  await eventually(() => processesOf(pid).length === 0);
}

function profileOf(pid: number): string {
  const args = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return /--user-data-dir=(\S+)/.exec(args)?.[1] ?? '';
}

async function promptOf(engine: Engine, text: string): Promise<number[]> {
  return (await engine.tokenize(text)).ids;
}

describe('an engine in a page', () => {
  const seen: string[] = [];
  const originNs = monotonicNow();
  let engine: Engine;
  beforeAll(async () => {
    if (itInBrowser === it) engine = await start(seen, { originNs });
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  itInBrowser('tells what it finds, loads, and answers', async () => {
    expect(await engine.probe()).toEqual({
      status: 'available',
      version: 'scripted 1',
      devices: [{ kind: 'webgpu', name: 'paper', software: false }],
      quantizations: ['q0f32'],
    });
    const loaded = await engine.load('scripted:', settings);
    expect(loaded).toMatchObject({ effective: { deviceName: 'paper' }, abilities: { kernel: false, score: false } });
    expect(loaded.effective.build.browser).toMatch(/Chrom|Edg/);
    expect(seen).toEqual([
      'framework_import start',
      'framework_import end',
      'model_load start',
      'progress 0.5',
      'model_load end',
    ]);
    const generation = await engine.generate({ prompt: await promptOf(engine, 'abc'), maxTokens: 9, ...sampling });
    expect(generation).toMatchObject({ pieces: ['c', 'b', 'a'], stop: 'end' });
    expect(await engine.detokenize([104, 105])).toEqual(['h', 'i']);
    expect(await engine.memory()).toEqual({ weightsBytes: 1000 });
    expect(await engine.statistics()).toEqual({});
  });

  itInBrowser('stamps on the clock of the harness, within the error that it tells', async () => {
    const readBack = (await engine.load('scripted:gap=15', settings)).effective.settings;
    const errorNs = Number(readBack.clockErrorNs);
    expect(errorNs).toBeGreaterThan(0);
    expect(errorNs).toBeLessThan(5e6);
    // 5 microseconds in a page that is isolated from other origins, 100 in others.
    expect(readBack.clockResolutionNs).toBeGreaterThanOrEqual(1000);
    expect(readBack.clockResolutionNs).toBeLessThanOrEqual(20_000);
    const beforeNs = Number(monotonicNow() - originNs);
    const generation = await engine.generate({ prompt: [97, 98, 99], maxTokens: 3, ...sampling });
    const afterNs = Number(monotonicNow() - originNs);
    const { submitNs, promptEvaluatedNs, atNs } = generation;
    expect(submitNs).toBeGreaterThan(beforeNs - errorNs);
    expect(promptEvaluatedNs).toBeGreaterThanOrEqual(submitNs);
    expect(atNs.at(-1)).toBeLessThan(afterNs + errorNs);
    expect((atNs[1] ?? 0) - (atNs[0] ?? 0)).toBeGreaterThan(14.9e6);
  });

  itInBrowser('streams text while it answers, and stops after the current token when it is cancelled', async () => {
    await engine.load('scripted:gap=100', settings);
    const prompt = await promptOf(engine, 'one two three four');
    const generating = engine.generate({ prompt, maxTokens: 60, ...sampling, stream: true });
    while (!seen.some((line) => line.startsWith('piece'))) await sleep(10);
    await engine.cancel();
    const generation = await generating;
    expect(generation.stop).toBe('cancelled');
    expect(generation.ids.length).toBeLessThan(prompt.length);
  });

  itInBrowser('hands an error of the page on with its remedy, and goes on', async () => {
    await expect(engine.load('scripted:load=refuse', settings)).rejects.toMatchObject({
      message: 'there is no model',
      remedy: 'Make one.',
      exitCode: 3,
    });
    expect(await engine.load('scripted:', settings)).toMatchObject({ effective: { deviceName: 'paper' } });
  });

  itInBrowser('counts the memory of all its processes, and leaves none of them and no profile behind', async () => {
    const { pid } = engine;
    const { residentBytes } = await memoryMeter().read(pid);
    expect(processesOf(pid).length).toBeGreaterThan(2);
    expect(residentBytes).toBeGreaterThan(100e6);
    const profile = profileOf(pid);
    expect(existsSync(profile)).toBe(true);
    await engine[Symbol.asyncDispose]();
    await expectGone(pid);
    await eventually(() => !existsSync(profile));
  });
});

describe('a software device', () => {
  itInBrowser('is not taken unasked', async () => {
    await using engine = await start([], { devices: ['soft paper'] });
    expect(await engine.probe()).toMatchObject({ status: 'missing', reason: expect.stringContaining('soft paper') });
  });
});

describe('a browser that was joined', () => {
  itInBrowser('gets a page of its own, and goes on without it', async () => {
    const { default: puppeteer } = await import('puppeteer');
    const { browser } = await openBrowser({ browserArg: '--remote-debugging-port=0' });
    const port = await debuggingPort(browser.process()?.spawnargs ?? []);
    const browserUrl = `http://127.0.0.1:${port}`;
    try {
      const engine = await start([], { given: { browserUrl } });
      expect(engine.pid).toBe(-1);
      expect((await memoryMeter().read(engine.pid)).residentBytes).toBe(0);
      await engine.load('scripted:', settings);
      const generation = await engine.generate({ prompt: [97, 98], maxTokens: 5, ...sampling });
      expect(generation.pieces).toEqual(['b', 'a']);
      await engine[Symbol.asyncDispose]();
      const joined = await puppeteer.connect({ browserURL: browserUrl });
      expect((await joined.pages()).map((page) => page.url())).toEqual(['about:blank']);
      await joined.disconnect();
    } finally {
      await browser.close();
    }
  });
});

/** Chromium writes the port that it took into its profile. */
async function debuggingPort(args: readonly string[]): Promise<string> {
  const profile = args.find((arg) => arg.startsWith('--user-data-dir='))?.split('=')[1] ?? '';
  const file = join(profile, 'DevToolsActivePort');
  await eventually(() => existsSync(file));
  return readFileSync(file, 'utf8').split('\n')[0] ?? '';
}

describe('an engine in a page that fails', () => {
  itInBrowser('says that the page crashed, with the last of its console, and leaves no process', async () => {
    const engine = await start();
    await engine.load('scripted:crash=2', settings);
    const generating = engine.generate({ prompt: [97, 98, 99], maxTokens: 3, ...sampling });
    generating.catch(() => {});
    await sleep(300);
    // The renderer that holds the page is the one with the most memory.
    killRenderer(engine.pid);
    await expect(generating).rejects.toMatchObject({
      message: 'the page of the Scripted page engine crashed',
      remedy: expect.stringContaining('--context'),
      stderrTail: expect.stringContaining('about to'),
    });
    await expect(engine.memory()).rejects.toThrow('crashed');
    await engine[Symbol.asyncDispose]();
    await expectGone(engine.pid);
  });

  itInBrowser('says that the browser was killed', async () => {
    const engine = await start();
    await engine.load('scripted:hang=0', settings);
    const generating = engine.generate({ prompt: [97], maxTokens: 1, ...sampling });
    generating.catch(() => {});
    process.kill(engine.pid, 'SIGKILL');
    await expect(generating).rejects.toThrow('the Scripted page engine was killed (SIGKILL)');
    await engine[Symbol.asyncDispose]();
    await expectGone(engine.pid);
  });

  itInBrowser('is stopped when it hangs', async () => {
    const engine = await start([], { timeoutMs: 3000 });
    await expect(engine.load('scripted:load=hang', settings)).rejects.toThrow(/did not finish "load" within 3 s/);
    await engine[Symbol.asyncDispose]();
    await expectGone(engine.pid);
  });

  itInBrowser('can be closed in the middle of an answer', async () => {
    const engine = await start();
    await engine.load('scripted:hang=0', settings);
    const profile = profileOf(engine.pid);
    const generating = engine.generate({ prompt: [97], maxTokens: 1, ...sampling });
    generating.catch(() => {});
    await engine[Symbol.asyncDispose]();
    await expect(generating).rejects.toThrow(/killed|closed/);
    await expectGone(engine.pid);
    await eventually(() => !existsSync(profile));
  });
});

function killRenderer(browser: number): void {
  const renderers = execFileSync('ps', ['-eo', 'pid=,pgid=,rss=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, group, , ...args]) => Number(group) === browser && args.includes('--type=renderer'))
    .toSorted((a, b) => Number(b[2]) - Number(a[2]));
  for (const [pid] of renderers) if (existsSync(`/proc/${pid}`)) process.kill(Number(pid), 'SIGKILL');
}

it('is tested in CI in any case', () => {
  if (process.env.CI !== undefined) expect(itInBrowser).toBe(it);
});
