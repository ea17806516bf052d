/** What did not run, with reason and remedy, as a person reads it in the terminal. */
import { table } from '../command-line/terminal.ts';
import type { NotRun } from './cells.ts';

export function notRunTable(all: readonly NotRun[]): string {
  const rows = all.map(({ framework, quantize, status, reason, remedy }) => [
    framework,
    quantize,
    status,
    remedy === null ? reason : `${reason}. ${remedy}`,
  ]);
  return table(['framework', 'weights', 'status', 'reason'], rows, 'llll', { dropFirst: ['weights', 'status'] });
}
