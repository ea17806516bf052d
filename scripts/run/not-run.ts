/** What did not run, with reason and remedy: a row for programs, and a table for the terminal. */
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { table } from '../command-line/terminal.ts';

/** Why something did not run. */
export interface Problem {
  status: string;
  reason: string;
  remedy: string | null;
}

/** A framework that did not run with a format of the weights. */
export interface NotRun extends Problem {
  framework: string;
  quantize: string;
}

export function problemOf(error: unknown): Problem & { status: 'failed' } {
  return {
    status: 'failed',
    reason: oneLine(error),
    remedy: error instanceof UserError ? (error.remedy ?? null) : null,
  };
}

/** An option that a framework does not support is not its failure. */
const statusOfExitCode: Readonly<Record<number, 'missing' | 'incompatible'>> = {
  [exitCodes.missing]: 'missing',
  [exitCodes.usage]: 'incompatible',
};

/** Why it cannot run here, by the exit code of the error that says so. */
export function refusedBy(error: unknown): Problem & { status: 'failed' | 'missing' | 'incompatible' } {
  const problem = problemOf(error);
  return { ...problem, status: (error instanceof UserError && statusOfExitCode[error.exitCode]) || 'failed' };
}

export function notRunTable(all: readonly NotRun[]): string {
  const rows = all.map(({ framework, quantize, status, reason, remedy }) => [
    framework,
    quantize,
    status,
    remedy === null ? reason : `${reason}. ${remedy}`,
  ]);
  return table(['framework', 'weights', 'status', 'reason'], rows, 'llll', { dropFirst: ['weights', 'status'] });
}
