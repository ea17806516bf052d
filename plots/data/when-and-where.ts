/** Host and date, for a page that is passed on alone. Dates come from the data: the same tables give the same bytes. */
import { counted } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

const mostHosts = 3;

/** `Tokenlap · 12 runs · box-1 · 2026-11-20`. */
export function whenAndWhere(runs: readonly RunRow[]): string {
  const days = runs.flatMap((run) => (run.started_at === null ? [] : run.started_at.slice(0, 10))).sort();
  const [first, last] = [days.at(0), days.at(-1)];
  const hosts = [...new Set(runs.flatMap(({ hostname }) => hostname ?? []))].sort();
  return [
    'Tokenlap',
    counted(runs.length, 'runs'),
    ...(hosts.length === 0 ? [] : [hosts.length > mostHosts ? `${hosts.length} hosts` : hosts.join(', ')]),
    ...(first === undefined ? [] : [first === last ? first : `${first} to ${last}`]),
  ].join(' · ');
}
