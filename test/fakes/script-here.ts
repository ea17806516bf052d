/**
 * Runs a script of the repository without a process of its own, which would take a second or two to start: for what it prints and
 * refuses. One test a script starts it for real (script.ts), as a person does.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Ended } from './script.ts';

const repository = resolve(import.meta.dirname, '../..');
let runs = 0;

/** One at a time: it has the arguments, the environment and the output of this process. */
export async function scriptHere(
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { argv, env, exitCode } = process;
  const file = resolve(repository, path);
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  try {
    process.argv = [process.execPath, file, ...args];
    process.env = { ...env, ...environment };
    process.exitCode = undefined;
    // A module runs once under each name. What it imports is loaded once.
    await import(/* @vite-ignore */ `${pathToFileURL(file).href}?run=${++runs}`);
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    Object.assign(process, { argv, env, exitCode });
    stdout.restore();
    stderr.restore();
  }
}

function captured(stream: NodeJS.WriteStream) {
  const { write } = stream;
  const written: string[] = [];
  Object.assign(stream, {
    write(chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean {
      written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    },
  });
  return { text: () => written.join(''), restore: () => Object.assign(stream, { write }) };
}
