/** Why something does not run here, in one shape: what is missing or does not fit, the reason, and what helps. */
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { table } from '../command-line/terminal.ts';
import { titleOfFramework } from '../frameworks/registry.ts';
import type { NotRunStatus } from '../log/not-run-file.ts';

export interface Refusal {
  /** `missing`: not here; `incompatible`: not offered by the framework; `skipped`: too large; `failed`; `interrupted`. */
  status: string;
  reason: string;
  remedy: string | null;
}

/** Refusal of a run that did not begin. */
export interface Refused extends Refusal {
  status: NotRunStatus;
}

/** Row of a table for a run that did not happen. */
export interface NotRun extends Refusal {
  framework: string;
  quantize: string;
}

/** An option that the framework does not offer is no failure of it. */
const statusOfExitCode: Readonly<Record<number, 'missing' | 'incompatible'>> = {
  [exitCodes.missing]: 'missing',
  [exitCodes.usage]: 'incompatible',
};

/** From an error of preparing a run. */
export function refusalBy(error: unknown) {
  return {
    ...failureBy(error),
    status: (error instanceof UserError && statusOfExitCode[error.exitCode]) || 'failed',
  } as const;
}

/** From an error of the run itself. */
export function failureBy(error: unknown) {
  const remedy = error instanceof UserError ? (error.remedy ?? null) : null;
  return { status: 'failed', reason: oneLine(error), remedy } as const;
}

/**
 * How a command over several frameworks ends.
 * @param statuses of what did not come out
 * @param wanted whether a missing one counts: a person named the frameworks, or nothing else was there
 */
export function exitCodeOf(
  statuses: Iterable<string>,
  { interrupted, wanted }: { interrupted: boolean; wanted: boolean },
): number {
  if (interrupted) return exitCodes.interrupted;
  const all = new Set(statuses);
  if (all.has('failed')) return exitCodes.failed;
  return all.has('missing') && wanted ? exitCodes.missing : exitCodes.ok;
}

export function notRunTable(all: readonly NotRun[]): string {
  const rows = all.map(({ framework, quantize, status, reason, remedy }) => [
    titleOfFramework(framework),
    quantize,
    status,
    remedy === null ? reason : `${reason}. ${remedy}`,
  ]);
  return table(['framework', 'weights', 'status', 'reason'], rows, 'llll', { dropFirst: ['weights', 'status'] });
}
