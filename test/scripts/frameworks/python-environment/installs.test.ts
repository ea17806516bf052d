/** Environments of two tiny packages, made by real venv and pip: what is installed, and what is left when something goes wrong. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { programPath } from '../../../../scripts/command-line/program-path.ts';
import type { PackageSources } from '../../../../scripts/frameworks/variant.ts';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { onWindows, skipped } from '../../../fakes/skipped.ts';
import { canMountSmallDisk, onSmallDisk } from '../../../fakes/small-disk.ts';
import { fakeUv } from '../../../fakes/uv.ts';
import { lockOf, type TinyPackages, tinyPackages } from '../../../fakes/wheels.ts';

const installer = resolve(import.meta.dirname, '../../../fakes/environment-installer.ts');

let place = '';
let cache = '';
let packages: TinyPackages;
beforeEach(() => {
  place = outputFolder();
  cache = join(place, 'cache');
  packages = tinyPackages(place);
});

/** Nothing of this machine's own configuration: no package index, no folders of packages, and no uv unless a test brings one. */
const bare = {
  PIP_CONFIG_FILE: '/dev/null',
  PIP_INDEX_URL: 'http://127.0.0.1:1/simple',
  PIP_EXTRA_INDEX_URL: '',
  PIP_FIND_LINKS: '',
  PIP_RETRIES: '1',
  NO_COLOR: '1',
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => programPath('uv', { PATH: folder }) === undefined)
    .join(delimiter),
};

interface Asked extends Partial<PackageSources> {
  lockPath?: string;
  environment?: Record<string, string>;
}

const argumentOf = ({ lockPath = packages.lockPath, offline = true, findLinks = [packages.folder], python }: Asked) =>
  JSON.stringify({ lockPath, sources: { offline, findLinks, ...(python === undefined ? {} : { python }) } });

const command = (asked: Asked) => ['--import', import.meta.resolve('tsx'), installer, argumentOf(asked)];

interface Started {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(asked: Asked = {}): Started {
  const child = spawn(process.execPath, command(asked), {
    env: { ...process.env, ...bare, TOKENLAP_CACHE: cache, ...asked.environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return { child, ended: once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr })) };
}

async function installed(asked: Asked = {}) {
  const { code, stdout, stderr } = await start(asked).ended;
  expect(code, stderr).toBe(0);
  const made: { folder: string; bytes: number; identity: { lock: string }; facts: { packages: string } } =
    JSON.parse(stdout);
  return made;
}

/** One line that says what is wrong and one with the next step, an exit code, and nothing left but the log. */
async function failure(asked: Asked) {
  const { code, stdout, stderr } = await start(asked).ended;
  expect(stdout).toBe('');
  const said = stderr.split('\n').filter((line) => !line.endsWith(' ...') && line !== '');
  expect(said).toHaveLength(2);
  expect(environments()).toEqual([]);
  return { code, error: said[0] ?? '', next: said[1] ?? '' };
}

function environments(): string[] {
  const folder = join(cache, 'python');
  return existsSync(folder) ? readdirSync(folder).filter((name) => !/\.log$/.test(name)) : [];
}

function executable(name: string, body: string): string {
  const folder = join(place, 'programs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

const posix = describe.skipIf(skipped(onWindows, 'environments: the fakes are shell scripts'));

describe('an environment', () => {
  test('has the packages of its lock file, is found again, and a changed lock is another folder', async () => {
    const first = await installed();
    expect(first.facts.packages).toMatch(/tinyengine 1\.0, tinymath 2\.1/);
    expect(first.bytes).toBeGreaterThan(1e6);
    const marker = readFileSync(join(first.folder, 'installed.json'), 'utf8');
    expect(await installed({ findLinks: [place] })).toEqual(first);

    const newer = tinyPackages(place, '1.1');
    const second = await installed({ lockPath: newer.lockPath, findLinks: [newer.folder] });
    expect(second.facts.packages).toMatch(/tinyengine 1\.1/);
    expect(second.identity.lock).not.toBe(first.identity.lock);
    expect(second.folder).not.toBe(first.folder);
    expect(readFileSync(join(first.folder, 'installed.json'), 'utf8')).toBe(marker);
  });

  test('is made anew where its interpreter does not run any more', async () => {
    const { folder } = await installed();
    rmSync(join(folder, onWindows ? 'Scripts' : 'bin'), { recursive: true });
    expect((await installed()).folder).toBe(folder);
  });

  test('that was killed at a random moment is found out and made by the next installation, beside which nothing runs on', async () => {
    const random = seededRandom(15);
    for (let kill = 0; kill < 4; kill++) {
      const { child, ended } = start();
      await once(child.stderr ?? child, 'data');
      await sleep(random() * 2500);
      child.kill('SIGKILL');
      await ended;
      for (const name of environments().filter((each) => !each.includes('.log.running'))) {
        if (/\.lock$/.test(name)) continue;
        expect(existsSync(join(cache, 'python', name, 'installed.json'))).toBe(false);
      }
    }
    const { folder } = await installed();
    expect(environments()).toEqual([folder.split('/').at(-1)]);
    // Whatever a killed installation had started would still write into the folder.
    const before = readdirSync(folder, { recursive: true }).length;
    await sleep(1000);
    expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  }, 240_000);
});

describe('an installation that fails', () => {
  test('because the index does not answer names the offline way, and the next one works', async () => {
    expect(await failure({ offline: false, findLinks: [] })).toEqual({
      code: 1,
      error: expect.stringMatching(/^error: tiny cpu: the package index does not answer; its output is in \S+\.log$/),
      next: expect.stringMatching(/^next: .*--offline --find-links DIR/),
    });
    await installed();
  });

  test('because a package is another one than the locked one says so', async () => {
    const lockPath = join(place, 'wrong.txt');
    const [engine, ...others] = packages.wheels;
    if (engine === undefined) throw new Error('there are two wheels');
    writeFileSync(lockPath, lockOf([{ ...engine, hash: '0'.repeat(64) }, ...others]));
    expect(await failure({ lockPath })).toMatchObject({
      code: 1,
      error: expect.stringContaining('its hash is another one'),
      next: expect.stringContaining('Repeat the command'),
    });
  });

  test('because the folder lacks a package names what is missing', async () => {
    rmSync(packages.wheels[1]?.path ?? '');
    expect(await failure({})).toMatchObject({
      code: 1,
      error: expect.stringMatching(/a package is not available .*tinymath==2\.1/),
      next: expect.stringContaining('--find-links DIR'),
    });
  });

  test('because a package needs one that is not locked says which build is meant', async () => {
    const lockPath = join(place, 'half.txt');
    writeFileSync(lockPath, lockOf(packages.wheels.slice(0, 1)));
    expect(await failure({ lockPath })).toMatchObject({
      code: 1,
      error: expect.stringContaining('needs packages that the lock file does not have'),
      next: expect.stringContaining('--find-links DIR'),
    });
  });

  test('because there is no lock file names the command that makes it', async () => {
    expect(await failure({ lockPath: join(place, 'none.txt') })).toMatchObject({
      code: 3,
      error: expect.stringContaining('tiny cpu has no lock file'),
      next: expect.stringContaining('scripts/frameworks.ts lock tiny --variant cpu'),
    });
  });

  test('because Ctrl-C was pressed leaves nothing, and ends as interrupted', async () => {
    const { child, ended } = start();
    let seen = '';
    for await (const chunk of child.stderr ?? []) {
      seen += chunk;
      if (!seen.includes('downloading packages')) continue;
      child.kill('SIGINT');
      break;
    }
    const { code } = await ended;
    expect(code).toBe(130);
    expect(environments()).toEqual([]);
  });
});

posix('uv, where it is on the PATH', () => {
  const withUv = (complaint?: string) => {
    const folder = fakeUv(place, complaint);
    return { folder, environment: { PATH: `${folder}${delimiter}${bare.PATH}` } };
  };

  test('makes the environment from the same lock file and the same folders', async () => {
    const { folder, environment } = withUv();
    const made = await installed({ environment: { ...environment, PIP_FIND_LINKS: '/one /two' }, offline: false });
    expect(made.facts.packages).toBe('tinyengine 1.0, tinymath 2.1');
    const [venv, pip] = readFileSync(join(folder, 'uv.calls'), 'utf8').split('\n');
    expect(venv).toMatch(/^venv .*--python \S+ \S+\/python\/tiny-cpu-/);
    expect(pip).toContain(`--python ${join(made.folder, 'bin', 'python')} --find-links ${packages.folder}`);
    expect(pip).toMatch(/--only-binary :all: --require-hashes --requirement .* links=\/one,\/two offline=$/);
  });

  test('asks nobody when it works offline', async () => {
    const { folder, environment } = withUv();
    await installed({ environment: { ...environment, PIP_FIND_LINKS: '/one' } });
    expect(readFileSync(join(folder, 'uv.calls'), 'utf8')).toMatch(/pip install .*--no-index .* links= offline=1\n/);
  });

  test('that fails is one line, and leaves nothing', async () => {
    const { environment } = withUv('error: Failed to download\n  cause: Hash mismatch for `tinymath==2.1`');
    expect(await failure({ environment })).toMatchObject({
      code: 1,
      error: expect.stringContaining('its hash is another one'),
    });
  });
});

posix('a Python that cannot make an environment', () => {
  const python = (answer: object, otherwise = 'exit 1') =>
    executable('python', `if [ "$1" = "-c" ]; then echo '${JSON.stringify(answer)}'; exit 0; fi\n${otherwise}`);

  test.each([
    ['is too old', { version: '3.10.4', venv: true }, /\/python is 3\.10\.4/, /Install one of these versions/],
    [
      'has no venv module',
      { version: '3.11.4', venv: false },
      /\/python \(3\.11\.4\) has no venv module/,
      /apt install python3-venv.* or uv/,
    ],
  ])('because it %s is named, with the next step', async (_, { version, venv }, error, next) => {
    const path = python({ path: join(place, 'programs', 'python'), version, venv });
    expect(await failure({ python: path })).toMatchObject({
      code: 3,
      error: expect.stringMatching(error),
      next: expect.stringMatching(next),
    });
  });

  test('because venv itself fails is one line with what it said', async () => {
    const path = join(place, 'programs', 'python');
    python({ path, version: '3.11.4', venv: true }, 'echo "Error: ensurepip is broken" >&2; exit 1');
    expect(await failure({ python: path })).toMatchObject({
      code: 1,
      error: expect.stringMatching(/ended with 1: Error: ensurepip is broken; its output is in/),
      next: expect.stringMatching(/--python PATH/),
    });
  });

  test('because it is not there is named', async () => {
    expect(await failure({ python: '/nowhere/python' })).toMatchObject({
      code: 3,
      error: expect.stringContaining('/nowhere/python does not run'),
    });
  });
});

describe.skipIf(skipped(!canMountSmallDisk, 'a full disk: this needs Linux with user namespaces'))(
  'a full disk',
  () => {
    const installing = () => `
    import { spawn } from 'node:child_process';
    const env = { ...process.env, ...${JSON.stringify(bare)}, TOKENLAP_CACHE: disk };
    const install = (fillAt) => new Promise((done) => {
      const child = spawn(process.execPath, ${JSON.stringify(command({}))}, { env });
      let [stderr, filled] = ['', false];
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
        if (filled || fillAt === undefined || !stderr.includes(fillAt)) return;
        filled = true;
        fill();
      });
      child.on('close', (code) => done({ code, stderr }));
    });`;

    test('is found out before anything is made', () => {
      expect(onSmallDisk(20_000, `${installing()} tell(await install());`)).toEqual({
        code: 3,
        stderr: expect.stringMatching(/needs 30\.0 MB, and its disk has [\d.]+ MB left\nnext: +Free some space/),
      });
    });

    test('while it is made is one line with the way out, and the next installation works', () => {
      const body = `
      const full = await install('making the environment');
      free();
      tell({ full, next: await install() });`;
      expect(onSmallDisk(100_000, installing() + body)).toEqual({
        full: {
          code: 1,
          stderr: expect.stringMatching(
            /the disk is full; its output is in \S+\nnext: +Free some space.*TOKENLAP_CACHE=DIR/,
          ),
        },
        next: { code: 0, stderr: expect.not.stringContaining('error') },
      });
    });
  },
);
