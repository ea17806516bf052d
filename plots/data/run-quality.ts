/** Which quality checks runs failed, and by how much: a mark without its reason would put the blame on anybody; and their warnings. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

interface Figure {
  of: (run: RunRow) => number | null;
  text: (value: number) => string;
}

const share = (value: number) => `${(value * 100).toFixed(0)} %`;
const cores = (value: number) => `${value.toFixed(2)} cores`;
const pace: Figure = {
  of: (run) => run.drift,
  text: (value) => `${share(Math.abs(value))} ${value > 0 ? 'slower' : 'faster'}`,
};

/** By the checks' names in `certificate_failed`; those without a figure of their own are named alone. */
const figures: Readonly<Record<string, Figure>> = {
  others_cpu: { of: (run) => run.others_cpu_cores, text: cores },
  steal: { of: (run) => run.steal_cores, text: cores },
  swap: { of: (run) => run.swapped_bytes, text: (value) => `${(value / 1e6).toFixed(0)} MB` },
  throttling: { of: (run) => run.throttle_events, text: (value) => `${value} events` },
  quota: { of: (run) => run.quota_throttled_periods, text: (value) => `${value} periods` },
  gpu_users: { of: (run) => run.other_gpu_processes, text: (value) => `${value} processes` },
  drift: pace,
  warm_up: pace,
  timer: { of: (run) => run.timer_step_ns, text: (value) => `steps of ${value.toFixed(0)} ns` },
};

function failedChecks(run: RunRow): string[] {
  return run.certificate_failed?.split(';') ?? [];
}

/** `drift (31 % faster), others_cpu (1.50 cores)` of one run. */
export function failedChecksText(run: RunRow): string {
  return failedChecks(run)
    .map((name) => {
      const figure = figureText(name, [run]);
      return figure === null ? name : `${name} (${figure})`;
    })
    .join(', ');
}

/** `drift 6 (at worst 31 % faster), others_cpu 2 (at worst 1.50 cores)`: runs that failed each, most first. */
export function failureCounts(runs: readonly RunRow[]): string {
  const each = runs.flatMap((run) => failedChecks(run).map((check) => ({ check, run })));
  return groupBy(each, ({ check }) => [check])
    .toSorted((a, b) => b.length - a.length)
    .map((alike) => {
      const figure = figureText(
        alike[0].check,
        alike.map(({ run }) => run),
      );
      return `${alike[0].check} ${alike.length}${figure === null ? '' : ` (at worst ${figure})`}`;
    })
    .join(', ');
}

function figureText(check: string, runs: readonly RunRow[]): string | null {
  const figure = figures[check];
  const values = runs.flatMap((run) => figure?.of(run) ?? []);
  if (figure === undefined || values.length === 0) return null;
  return figure.text(values.reduce((worst, value) => (Math.abs(value) > Math.abs(worst) ? value : worst)));
}

/** Checks whose failure a quiet machine does not mend. */
const ofTheRun: readonly string[] = ['drift', 'warm_up', 'timer', 'quota'];

/** What would help: a quiet machine only where the machine was at fault. */
export function failureRemedy(runs: readonly RunRow[]): string {
  const checks = new Set(runs.flatMap(failedChecks));
  const parts = [
    ...([...checks].some((check) => !ofTheRun.includes(check))
      ? ['repeat them on a quiet machine, or with --retry N']
      : []),
    ...(checks.has('warm_up') ? ['give the engine more warm-up with --warmup N'] : []),
    ...(checks.has('drift') && !checks.has('warm_up')
      ? ['look at clocks and temperature, and measure longer with --min-seconds N']
      : []),
    ...(checks.has('timer') ? ['measure longer answers'] : []),
    ...(checks.has('quota') ? ['take fewer threads with --threads N, or raise the quota of processor time'] : []),
  ];
  return parts.join('; ');
}

/** Warnings by their codes, as logs have them, with the workloads of the runs: what a check of parity warned of is no doubt about a rate. */
export function warningCodes(
  runs: readonly RunRow[],
): Array<{ code: string; workloads: string[]; runs: number; frameworks: string[] }> {
  const warned = runs.flatMap((run) => {
    const codes = new Set((run.warnings ?? '').split(';').map((part) => part.trim()));
    return [...codes].filter((code) => code !== '').map((code) => ({ code, run }));
  });
  return groupBy(warned, ({ code }) => [code])
    .map((alike) => ({
      code: alike[0].code,
      workloads: [...new Set(alike.flatMap(({ run }) => run.workload ?? []))].sort(),
      runs: alike.length,
      frameworks: [...new Set(alike.flatMap(({ run }) => run.framework ?? []))].sort(),
    }))
    .sort((a, b) => b.runs - a.runs || a.code.localeCompare(b.code, 'en'));
}
