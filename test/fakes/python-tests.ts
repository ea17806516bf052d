/** Tests in Python, which lie beside those in TypeScript that run them. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { skipped } from './skipped.ts';

export function pythonTestsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^test_.*\.py$/.test(name));
}

/** Folders whose modules the tests import beside those of their own folder. */
const shared = ['../../scripts', '../scripts/frameworks/gguf', '.'].map((folder) =>
  resolve(import.meta.dirname, folder),
);

/** Prints why parts were skipped. @throws when a test fails, with what it printed */
export async function runPythonTest(python: string, folder: string, name: string): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(python, ['-W', 'ignore', join(folder, name), '-v'], {
    env: { ...process.env, PYTHONPATH: shared.join(delimiter), PYTHONDONTWRITEBYTECODE: '1' },
  });
  const reasons = [...`${stdout}\n${stderr}`.matchAll(/skipped '(.*)'|SKIPPED (.*)/g)];
  for (const reason of new Set(reasons.map(([, said, printed]) => said ?? printed))) {
    skipped(true, `a part of ${name}: ${reason}`);
  }
}
