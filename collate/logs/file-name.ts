/** A log's own name says which run it is; a file that was renamed says nothing. */
import type { Header } from '../../scripts/log/run-log-format.ts';

const ownName = /_seed(-?\d+)_uuid([0-9a-f-]{36})\.txt$/;

/** Null too for a file of another name. */
export function fileNameFault(log: string, { seed, uuid }: Header): string | null {
  const [, seedInName, uuidInName] = ownName.exec(log) ?? [];
  if (uuidInName === undefined) return null;
  if (uuidInName !== uuid) return `the run ${uuid} in the file of the run ${uuidInName}`;
  return Number(seedInName) === seed ? null : `the seed is ${seed}, and in the name of the file ${seedInName}`;
}
