import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenlap-installation-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    await writeFile(join(folder, name), await readFile(name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function npm(...words: string[]) {
  return spawnSync('npm', [...words, '--cache', join(folder, 'cache')], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
}

describe('npm ci', () => {
  test('accepts the lock file on this version of Node, and warns of nothing', () => {
    const run = npm('ci', '--dry-run', '--engine-strict', '--offline');
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });

  test('knows every key of .npmrc', () => {
    expect(npm('config', 'get', 'ignore-scripts')).toMatchObject({ stdout: 'true\n', stderr: '', status: 0 });
  });

  test('runs no script of a package: only these four have one, and none of them is needed', async () => {
    const lock = lockSchema.parse(JSON.parse(await readFile('package-lock.json', 'utf8')));
    const withScript = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
    expect(withScript.map(([path]) => path)).toEqual([
      'node_modules/esbuild',
      'node_modules/node-llama-cpp',
      'node_modules/onnxruntime-node',
      'node_modules/puppeteer',
    ]);
  });
});
