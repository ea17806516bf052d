/** What needs no tinygrad: the description, the error where there is none, and the arithmetic of the Python files. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { frameworkNamed, frameworks } from '../../../../scripts/frameworks/registry.ts';
import { tinygrad } from '../../../../scripts/frameworks/tinygrad/framework.ts';
import { tokenDurations } from '../../../../scripts/frameworks/tinygrad/own-benchmark.ts';

afterEach(() => vi.unstubAllEnvs());

it('is in the registry by its name', () => {
  expect(frameworkNamed('tinygrad')).toBe(tinygrad);
  expect(frameworks.filter(({ name }) => name === 'tinygrad')).toHaveLength(1);
});

it('is missing, with what to type, where no Python has it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenlap-no-tinygrad-'));
  try {
    const python = join(folder, 'python');
    await writeFile(python, `#!/bin/sh\necho '{"path": "${python}", "version": "3.12.1", "lacks": ["tinygrad"]}'\n`);
    await chmod(python, 0o755);
    vi.stubEnv('TOKENLAP_PYTHON', python);
    await expect(interpreterFor(tinygrad)).rejects.toMatchObject({
      message: expect.stringContaining('lacks tinygrad'),
      remedy: expect.stringMatching(/`npx tsx scripts\/frameworks\.ts install tinygrad`.*--python-path DIR.*clang/),
      exitCode: 3,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('computes shares, prefixes, cache contents and counters right', async () => {
  const checks = resolve(import.meta.dirname, 'pure_functions.py');
  await expect(promisify(execFile)('python3', ['-B', checks])).resolves.toMatchObject({
    stderr: expect.stringMatching(/\nOK\n$/),
  });
});

it("reads the time of every token from what tinygrad's own benchmark prints", () => {
  const printed = [
    'using model "15M shape" with 16,784,384 bytes and 24,407,712 params, max context 512 on CPU',
    '6838.49 ms,   0.15 tok/s,    0.00 GB/s, 19/23 MB  --  hello 3 ms, 1 tok/s',
    ' 16.49 ms,  60.63 tok/s,    1.04 GB/s, 17/24 MB  --  hello',
  ];
  expect(tokenDurations(printed.join('\n'))).toEqual([6838.49, 16.49]);
});
