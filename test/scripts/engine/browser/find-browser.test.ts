import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSearch, findBrowser } from '../../../../scripts/engine/browser/find-browser.ts';
import { openBrowser } from '../../../../scripts/engine/browser/open-browser.ts';
import { onWindows, skipped } from '../../../fakes/skipped.ts';

function machine(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv, ...there: string[]): BrowserSearch {
  return {
    platform,
    environment,
    exists: (path) => there.includes(path),
    puppeteerPath: async () => '/home/me/.cache/puppeteer/chrome',
  };
}

const windows = { PROGRAMFILES: 'C:\\Programs', LOCALAPPDATA: 'C:\\Me' };

describe('a browser', () => {
  it.each<[string, BrowserSearch, string]>([
    [
      "Debian's, which puppeteer does not look for",
      machine('linux', { PATH: '/bin:/usr/bin' }, '/usr/bin/chromium'),
      '/usr/bin/chromium',
    ],
    [
      'Chrome before Chromium',
      machine('linux', { PATH: '/a:/b' }, '/a/chromium', '/b/google-chrome'),
      '/b/google-chrome',
    ],
    [
      "puppeteer's own before those of the system",
      machine('linux', { PATH: '/a' }, '/a/chromium', '/home/me/.cache/puppeteer/chrome'),
      '/home/me/.cache/puppeteer/chrome',
    ],
    [
      'the one that is named before all',
      machine('linux', { PATH: '/a', TOKENLAP_BROWSER: '/x', CHROME_PATH: '/y' }, '/a/chromium', '/x', '/y'),
      '/x',
    ],
    [
      'the one that other tools are told of',
      machine('linux', { PATH: '/a', CHROME_PATH: '/y' }, '/a/chromium', '/y'),
      '/y',
    ],
    [
      'a program of macOS',
      machine('darwin', {}, '/Applications/Chromium.app/Contents/MacOS/Chromium'),
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    [
      'Edge on Windows',
      machine('win32', windows, 'C:\\Programs\\Microsoft\\Edge\\Application\\msedge.exe'),
      'C:\\Programs\\Microsoft\\Edge\\Application\\msedge.exe',
    ],
  ])('is found: %s', async (_, search, path) => {
    expect(await findBrowser(search)).toBe(path);
  });

  it('is never another one than the one named', async () => {
    const search = machine('linux', { PATH: '/a', TOKENLAP_BROWSER: '/gone' }, '/a/chromium');
    await expect(findBrowser(search)).rejects.toMatchObject({
      message: 'there is no browser /gone',
      remedy: expect.stringContaining('--browser'),
      exitCode: 3,
    });
  });

  it('is missed with what to install', async () => {
    await expect(findBrowser(machine('linux', { PATH: '/a' }))).rejects.toMatchObject({
      message: 'there is no Chrome, Chromium or Edge on this machine',
      remedy: expect.stringMatching(/apt-get install chromium.*npx puppeteer browsers install chrome.*--browser/),
      exitCode: 3,
    });
    await expect(findBrowser(machine('win32', windows))).rejects.toMatchObject({
      remedy: expect.stringContaining('Install Google Chrome'),
    });
  });
});

describe('a browser that does not start', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokenlap-browser-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function program(says: string): string {
    const path = join(folder, `browser-${says.length}`);
    writeFileSync(path, `#!/bin/sh\necho '${says}' >&2\nexit 1\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it.skipIf(skipped(onWindows, 'paths of browsers on other systems: Windows joins paths in its own way')).each([
    ['No usable sandbox! Update your kernel.', /does not let it make a sandbox/, /--browser-arg=--no-sandbox/],
    ['Missing X server or $DISPLAY', /no display for its window/, /--headed/],
    [
      'error while loading shared libraries: libnss3.so: cannot open shared object file',
      /a library that it needs is missing/,
      /package manager/,
    ],
    ['Trace/breakpoint trap', /Trace\/breakpoint trap/, /Try it by hand/],
  ])('says why: %s', async (says, message, remedy) => {
    await expect(openBrowser({ browser: program(says) })).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('says that nobody answers where one should be joined', async () => {
    await expect(openBrowser({ browserUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      message: expect.stringMatching(/^no browser answers at http:\/\/127\.0\.0\.1:9/),
      remedy: expect.stringContaining('--remote-debugging-port'),
      exitCode: 3,
    });
  });
});
