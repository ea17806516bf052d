/** How frameworks are called where people read: as their makers write them. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';

export function titleOf({ framework_title: title, framework }: Pick<RunRow, 'framework' | 'framework_title'>): string {
  return title ?? framework ?? 'unknown framework';
}

/** A name that begins with the name of its framework, with the title in its place. */
export function withTitle(name: string, run: Pick<RunRow, 'framework' | 'framework_title'> | undefined): string {
  const framework = run?.framework ?? null;
  if (run === undefined || framework === null || !name.startsWith(framework)) return name;
  return titleOf(run) + name.slice(framework.length);
}
