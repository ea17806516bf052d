/** What needs neither torch nor tinygrad: the description, the error where a Python lacks them, and the way back. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { hybrid } from '../../../../scripts/frameworks/hybrid/framework.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';

afterEach(() => vi.unstubAllEnvs());

it('is in the registry by its name', () => {
  expect(frameworkNamed('hybrid')).toBe(hybrid);
});

it('is missing, with what to type, where a Python has only one of the two', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenlap-no-hybrid-'));
  try {
    const python = join(folder, 'python');
    await writeFile(python, `#!/bin/sh\necho '{"path": "${python}", "version": "3.12.1", "lacks": ["torch"]}'\n`);
    await chmod(python, 0o755);
    vi.stubEnv('TOKENLAP_PYTHON', python);
    await expect(interpreterFor(hybrid)).rejects.toMatchObject({
      message: expect.stringContaining('lacks torch'),
      remedy: expect.stringMatching(/`npx tsx scripts\/frameworks\.ts install hybrid`.*--python PATH.*clang/),
      exitCode: 3,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('goes on with PyTorch when a step fails, and loses no token', async () => {
  const checks = resolve(import.meta.dirname, 'fallback.py');
  await expect(promisify(execFile)('python3', ['-B', checks])).resolves.toMatchObject({
    stderr: expect.stringMatching(/\nOK\n$/),
  });
});
