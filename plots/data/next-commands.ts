/** Command lines that a chart or the report proposes: what was measured, with one thing changed, and faster builds. */
import { askedValues, commandText } from '../../collate/analysis/asked-command.ts';
import { measurementOf } from '../../collate/analysis/measurement.ts';
import { installLine, scriptLine, type TypedValues } from '../../scripts/command-line/shell-line.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Group } from './groups.ts';

interface Measured {
  readonly runs: readonly RunRow[];
  readonly output: string;
}

export function nextCommands({ runs, output }: Measured) {
  const asked = askedValues(latest(runs));
  const then = ['collate/all.ts', 'plots/generate.ts'].map((script) => scriptLine(script, output));
  const line = (script: string, values: TypedValues) => [commandText(script, values, output), ...then].join(' && ');
  const compare = (changes: TypedValues) => line('scripts/benchmark.ts', { ...asked, ...changes });
  return {
    measure: compare({ workload: 'qa' }),
    /** @param compared those that there are too few of */
    moreRuns: (iterations: number, compared: readonly RunRow[]) =>
      line('scripts/benchmark.ts', { ...askedValues(latest(compared)), iterations }),
    moreTokens: compare({ maxTokens: 64, ignoreEos: true }),
    moreFrameworks: compare({ frameworks: undefined }),
    moreQuantizations: compare({ quantize: 'f16,q8_0,q4_0' }),
    // What an answer is compared by is its own affair: the limits of parity and of tasks are not those of speed.
    parity: line('scripts/parity.ts', { ...asked, maxTokens: undefined }),
    accuracy: line('scripts/verifiers-sweep.ts', { ...asked, maxTokens: undefined, text: undefined }),
    hardware: [scriptLine('scripts/hardware-benchmark.ts', output), ...then].join(' && '),
    otherDevice: compare({ device: 'DEVICE' }),
  };
}

/** Runs of the session that was started last, or the last run alone; of the question workload where there is one. */
function latest(runs: readonly RunRow[]): RunRow[] {
  const answered = runs.filter(({ workload }) => workload === 'qa');
  const candidates = answered.length > 0 ? answered : runs;
  const [last] = candidates.toSorted((a, b) => (b.started_at ?? '').localeCompare(a.started_at ?? ''));
  if (last === undefined) return [];
  return candidates.filter((run) => run === last || (last.session !== null && run.session === last.session));
}

/** Rounds of the sessions that the runs belong to: what was measured, whatever was asked. */
export function roundsOf(runs: readonly RunRow[]): number {
  return 1 + Math.max(0, ...runs.map(({ iteration }) => iteration ?? 0));
}

export interface FasterBuild {
  framework: string;
  /** As its makers write it. */
  title: string;
  /** What installs it. */
  command: string;
}

/**
 * Frameworks that ran from a build made for many machines, where one for this machine is available. Empty where a framework
 * stands alone: then nothing is ranked by its build.
 */
export function fasterBuilds({ members }: Group): FasterBuild[] {
  if (new Set(members.map(({ framework }) => framework)).size < 2) return [];
  const found = new Map<string, FasterBuild>();
  for (const { framework, title, runs } of members) {
    for (const run of runs) {
      const measurement = measurementOf(run);
      const others = `${measurement['effective.build.alternatives'] ?? ''}`.split(' ');
      if (measurement['effective.build.buildType'] !== 'prebuilt' || !others.includes('native')) continue;
      found.set(framework, { framework, title, command: installLine(framework, 'native') });
    }
  }
  // Beside a native build of its own it is shown what the prebuilt one loses.
  for (const { framework, runs } of members) {
    if (runs.some((run) => measurementOf(run)['effective.build.buildType'] === 'native')) found.delete(framework);
  }
  return [...found.values()];
}
