/** What did not run, with reason and remedy: a row for programs, and a table for the terminal. */
import { oneLine, UserError } from '../command-line/errors.ts';
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

export function problemOf(error: unknown): Problem {
  return {
    status: 'failed',
    reason: oneLine(error),
    remedy: error instanceof UserError ? (error.remedy ?? null) : null,
  };
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
