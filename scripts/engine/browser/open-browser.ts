/** Starts a browser for one engine, or joins one that runs elsewhere: on a phone, say, over adb. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, LaunchOptions, PuppeteerNode } from 'puppeteer';
import { oneLine, type UserError } from '../../command-line/errors.ts';
import { textOption } from '../../command-line/parsing/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import { EngineFailure, EngineMissing } from '../engine-failure.ts';
import { findBrowser } from './find-browser.ts';

export interface OpenBrowser {
  browser: Browser;
  /** Root of all its processes; null for one that was joined. */
  process: ChildProcess | null;
  /** Resolves when the browser is gone and its profile removed; at once for one that was joined. */
  cleaned: Promise<void>;
}

/**
 * @param given `browserUrl`, `browser`, `headed` and `browserArg` of the framework's options
 * @throws EngineMissing when there is none, EngineFailure when it does not start
 */
export async function openBrowser(given: FrameworkSettings): Promise<OpenBrowser> {
  const url = textOption(given, 'browserUrl');
  if (url !== undefined) return joinBrowser(url);
  return startBrowser(await findBrowser({ asked: textOption(given, 'browser') }), given);
}

async function startBrowser(executablePath: string, given: FrameworkSettings): Promise<OpenBrowser> {
  const { default: puppeteer } = await import('puppeteer');
  const profile = await mkdtemp(join(tmpdir(), 'tokenlap-browser-'));
  // Its processes may still write while they end.
  const removeProfile = () =>
    rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
  const options: LaunchOptions = {
    executablePath,
    userDataDir: profile,
    headless: given.headed !== true,
    args: [...flags, ...(textOption(given, 'browserArg') ?? '').split(/\s+/).filter((word) => word !== '')],
    // Its settings, caches and crash reports go with the profile.
    env: { ...process.env, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    ...withoutSignals,
    protocolTimeout: 0,
  };
  try {
    // A browser whose pipe breaks ends by itself: none outlives a harness that was killed.
    const browser = await puppeteer.launch({ ...options, pipe: true });
    const process = browser.process();
    const cleaned = new Promise<void>((resolve) => {
      process?.once('exit', () => {
        // One that was killed leaves children, which would go on writing there.
        killTree(process);
        void removeProfile().then(resolve);
      });
    });
    return { browser, process, cleaned };
  } catch {
    const said = await whatItSays(puppeteer, options);
    await removeProfile();
    throw startFailure(executablePath, said);
  }
}

/** Over a pipe puppeteer does not tell what a browser that ended said; without one it does. */
async function whatItSays(puppeteer: Pick<PuppeteerNode, 'launch'>, options: LaunchOptions): Promise<string> {
  try {
    await (await puppeteer.launch(options)).close();
    return 'it did at the second attempt; run it again';
  } catch (error) {
    const [, said] = /stderr: (.*?) TROUBLESHOOTING/.exec(oneLine(error)) ?? [];
    return said ?? oneLine(error);
  }
}

/** The harness decides what Ctrl-C means. */
const withoutSignals: LaunchOptions = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

const flags = [
  // Where WebGPU is not yet on by default (Linux) this decides whether there is an adapter at all.
  '--enable-unsafe-webgpu',
  '--no-default-browser-check',
  '--disable-quic',
  // Besides what puppeteer switches off: Chromium's own services and the name look-ups that it makes for them. The page and all
  // it needs come from this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-field-trial-config',
  '--disable-variations-seed-fetch',
  '--metrics-recording-only',
  '--no-first-run',
  '--no-pings',
  '--no-proxy-server',
  '--safebrowsing-disable-auto-update',
  '--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,DialMediaRouteProvider,AutofillServerCommunication,CertificateTransparencyComponentUpdater,AsyncDns',
  // Chromium refuses to sandbox for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

async function joinBrowser(browserURL: string): Promise<OpenBrowser> {
  const { default: puppeteer } = await import('puppeteer');
  try {
    const browser = await puppeteer.connect({ browserURL, protocolTimeout: 0 });
    return { browser, process: null, cleaned: Promise.resolve() };
  } catch (error) {
    throw new EngineMissing(
      `no browser answers at ${browserURL}: ${oneLine(error)}`,
      'Start one with --remote-debugging-port=9222; for a phone see docs/mlc.md.',
    );
  }
}

const startFaults: ReadonlyArray<{ said: RegExp; meaning: string; remedy: string }> = [
  {
    said: /no usable sandbox|setuid sandbox|running as root without --no-sandbox/i,
    meaning: 'this system does not let it make a sandbox',
    remedy: 'Add --browser-arg=--no-sandbox if you trust the pages it shows; here it shows only its own.',
  },
  {
    said: /missing x server|cannot open display|ozone_platform/i,
    meaning: 'there is no display for its window',
    remedy: 'Leave --headed out, or start it under a display server, xvfb-run for instance.',
  },
  {
    said: /error while loading shared libraries: (\S+?):/i,
    meaning: 'a library that it needs is missing',
    remedy: 'Install the browser with the package manager of the system, which brings its libraries.',
  },
];

function startFailure(path: string, said: string): UserError {
  const fault = startFaults.find((candidate) => candidate.said.test(said));
  return new EngineFailure(
    `the browser ${path} does not start: ${fault?.meaning ?? said.slice(0, 300)}`,
    fault?.remedy ?? 'Try it by hand, or name another one with --browser PATH.',
    said,
  );
}

/** Its processes are a group of their own, which may outlive the first of them. */
export function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All are gone already.
  }
}
