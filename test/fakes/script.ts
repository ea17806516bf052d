/** Starts a script of the repository as a person does, and returns what it printed and how it ended. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const repository = resolve(import.meta.dirname, '../..');

export interface ScriptSurroundings {
  input?: string;
  environment?: Record<string, string>;
  /** Interrupts the script once its standard error has this in it. */
  interruptAt?: string;
  /** With what; SIGINT unless told otherwise. */
  interruptWith?: NodeJS.Signals;
}

export function script(path: string, args: readonly string[], surroundings: ScriptSurroundings = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), resolve(repository, path), ...args],
      { cwd: repository, env: { ...process.env, ...surroundings.environment }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        done({ code, stdout, stderr });
      },
    );
    child.stdin?.end(surroundings.input ?? '');
    let seen = '';
    child.stderr?.on('data', (chunk: string) => {
      seen += chunk;
      if (surroundings.interruptAt !== undefined && seen.includes(surroundings.interruptAt)) {
        seen = '';
        child.kill(surroundings.interruptWith ?? 'SIGINT');
      }
    });
  });
}
