/** A run whose certificate failed tells more of the machine than of the framework: it may be repeated. */
import type { RunSummary } from '../results/run-summary.ts';

export interface Repeated {
  /** Runs that count: those that were replaced are not among them. */
  kept: RunSummary[];
  /** Runs that failed their certificate and were followed by one that did not. */
  replaced: RunSummary[];
}

/**
 * Runs once, and again while the certificate fails. Where no try is better, all of them count.
 * @param retries how often at most
 * @param run one try; its number counts from 0
 */
export async function repeatFailed(
  retries: number,
  run: (attempt: number) => Promise<RunSummary>,
  signal: AbortSignal,
): Promise<Repeated> {
  const runs: RunSummary[] = [];
  for (let attempt = 0; attempt <= retries; attempt++) {
    const summary = await run(attempt);
    runs.push(summary);
    if (signal.aborted || summary.status !== 'completed') break;
    if (summary.certificate?.status !== 'failed') return { kept: [summary], replaced: runs.slice(0, -1) };
  }
  return { kept: runs, replaced: [] };
}
