/** A script of the repository in a real terminal, and what a person types there. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

export interface TypedStep {
  /** Waits until this is on the screen. */
  after: string;
  types: string;
}

export interface OnScreen {
  code: number;
  /** With all control sequences. */
  raw: string;
}

const repository = resolve(import.meta.dirname, '../..');

export function inTerminal(
  columns: number,
  path: string,
  args: readonly string[],
  steps: readonly TypedStep[] = [],
): Promise<OnScreen> {
  const { CI: _, NO_COLOR: __, ...environment } = process.env;
  return new Promise((done) => {
    execFile(
      'python3',
      [
        resolve(import.meta.dirname, 'typed_in_terminal.py'),
        `${columns}`,
        JSON.stringify(steps),
        ...[process.execPath, '--import', import.meta.resolve('tsx'), resolve(repository, path), ...args],
      ],
      { cwd: repository, env: { ...environment, TERM: 'xterm-256color' }, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout) =>
        done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, raw: stdout }),
    );
  });
}
