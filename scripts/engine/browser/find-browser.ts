/** Finds a browser with WebGPU: the one asked for, one that puppeteer installed, or a Chrome, Chromium or Edge of the system. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathFolders } from '../../command-line/program-path.ts';
import { EngineMissing } from '../engine-failure.ts';

/** The world that is searched; every part has its real default. */
export interface BrowserSearch {
  /** Path that was asked for; undefined: one is looked for. */
  asked?: string | undefined;
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  exists: (path: string) => boolean;
  /** Where `npx puppeteer browsers install chrome` puts its browser, whether it is there or not. */
  puppeteerPath: () => Promise<string>;
}

const thisMachine: BrowserSearch = {
  environment: process.env,
  platform: process.platform,
  exists: existsSync,
  puppeteerPath: async () => (await import('puppeteer')).default.executablePath(),
};

const askedBy = ['--browser', 'TOKENLAP_BROWSER', 'PUPPETEER_EXECUTABLE_PATH', 'CHROME_PATH'];

/**
 * @returns path of the executable
 * @throws EngineMissing with the remedy
 */
export async function findBrowser(search: Partial<BrowserSearch> = {}): Promise<string> {
  const world = { ...thisMachine, ...search };
  for (const variable of askedBy) {
    const asked = variable === '--browser' ? world.asked : world.environment[variable];
    if (asked === undefined || asked === '') continue;
    if (world.exists(asked)) return asked;
    throw new EngineMissing(
      `there is no browser ${asked}`,
      `Correct ${variable === 'TOKENLAP_BROWSER' ? '--browser or ' : ''}${variable}, or leave it out to have one looked for.`,
    );
  }
  const candidates = [await world.puppeteerPath(), ...systemPaths(world)];
  const found = candidates.find(world.exists);
  if (found !== undefined) return found;
  throw new EngineMissing(
    'there is no Chrome, Chromium or Edge on this machine',
    `${installCommand(world.platform)}, or \`npx puppeteer browsers install chrome\`, or name one with --browser PATH.`,
  );
}

const linuxNames = [
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
];
const macPrograms = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const windowsPrograms = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];

function systemPaths({ environment, platform }: BrowserSearch): string[] {
  switch (platform) {
    case 'darwin':
      return macPrograms.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
    case 'win32':
      return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) => {
        const folder = environment[variable];
        return folder === undefined ? [] : windowsPrograms.map((program) => `${folder}\\${program}`);
      });
    default: {
      const folders = pathFolders(environment);
      return linuxNames.flatMap((name) => folders.map((folder) => join(folder, name)));
    }
  }
}

function installCommand(platform: NodeJS.Platform): string {
  return platform === 'linux' ? 'Install one with `sudo apt-get install chromium`' : 'Install Google Chrome';
}
