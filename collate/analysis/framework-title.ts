/** Frameworks as their makers write them: what a person reads. Tables and JSON keep the names by which they are typed. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';

type Named = Partial<Pick<RunRow, 'framework' | 'framework_title'>>;

/** `llama.cpp` of llamacpp; the name itself where the log says no other. */
export function frameworkTitle({ framework, framework_title: title }: Named): string {
  return title ?? framework ?? 'unknown framework';
}

/** For rows that have the name alone. @param runs whose logs say how it is written */
export function frameworkTitles(runs: readonly Named[]): (framework: string | null) => string {
  const titles = new Map(runs.map((run) => [run.framework ?? null, frameworkTitle(run)]));
  return (framework) => titles.get(framework) ?? frameworkTitle({ framework });
}
