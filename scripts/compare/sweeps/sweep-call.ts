/** One call of a sweep, as both sweep scripts make it: planned, then run or only shown. */
import { isSwitchedOn } from '../../command-line/options.ts';
import { type Progress, progress } from '../../command-line/progress.ts';
import { commandLine } from '../../command-line/shell-line.ts';
import { print, printJson, say, tellRawLogs, warn } from '../../command-line/terminal.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { NotRunFile } from '../../log/not-run-file.ts';
import { requireWritable } from '../../log/run-log.ts';
import { describeHost, usableCores } from '../../machine/facts/host.ts';
import type { ModelProgress } from '../../models/model-progress.ts';
import { oneFrameworkNamed, serverAmong, withNamedDefaults } from '../../run/run-options.ts';
import { cellsInOrder } from './cell.ts';
import { CellPlanner } from './cell-plan.ts';
import type { SweepWorld } from './cell-run.ts';
import { History } from './estimate.ts';
import { gridOf } from './grid.ts';
import { Ledger, takeSweepLock } from './ledger.ts';
import { readTraces } from './run-traces.ts';
import type { SweepFile } from './sweep-file.ts';
import { type SweepOptionValues, validateOptions } from './sweep-options.ts';
import { type PlannedCell, planSweep, planTotals, ratesOf } from './sweep-plan.ts';
import { cellName, countsOf, exitCodeOf, overheadOf, varyingOptions } from './sweep-result.ts';
import { type CellResult, runCells, type SweepParts } from './sweep-run.ts';
import { type PlannedSweep, planText, resultText } from './sweep-text.ts';

/** A sweep whose cells are planned. While it is open, no other one works in its folder of results, unless it only plans. */
interface OpenSweep extends Disposable {
  plan: PlannedSweep;
  run(signal: AbortSignal): Promise<SweepResults>;
}

interface SweepResults {
  results: CellResult[];
  /** When the first cell was begun, on the clock of `performance.now()`. */
  startMs: number;
  interrupted: boolean;
}

/** @throws UserError for options that contradict each other, unknown frameworks, and while another sweep works in the folder */
export async function openSweep(file: SweepFile, options: SweepOptionValues, around: SweepWorld): Promise<OpenSweep> {
  validateOptions(options);
  const grid = gridOf(file);
  const names = [...new Set(grid.cells.map(({ framework }) => framework))];
  serverAmong(names);
  const frameworks = new Map<string, Framework>();
  for (const name of names) {
    frameworks.set(name, withNamedDefaults(await oneFrameworkNamed(name, options, around.frameworkNamed)));
  }
  const world = { ...around, frameworkNamed: (name: string) => frameworks.get(name) ?? around.frameworkNamed(name) };
  if (!options.dryRun) requireWritable(options.output);
  const lock = options.dryRun ? null : takeSweepLock(options.output, file.name);
  try {
    const host = await describeHost(options.anonymize);
    const { hostname } = host;
    const cells = cellsInOrder(grid.cells, file, await usableCores());
    const traces = [...readTraces(options.output)];
    const oldestMs = options.maxAge === undefined ? Number.NEGATIVE_INFINITY : Date.now() - options.maxAge;
    const ledger = new Ledger(traces, { sweep: file.name, hostname, oldestMs });
    const rates = ratesOf(options.output, host);
    const history = new History(traces, hostname);
    const { retryFailed, force } = options;
    const offline = options.offline || isSwitchedOn(process.env.TOKENLAP_OFFLINE);
    const planned = await planSweep({ cells, ledger, history, rates, retryFailed, force, offline, world });
    const plan = { file, grid, planned, totals: planTotals(planned), rates };
    const mayGoOn = () => lock?.requireHeld();
    return {
      plan,
      run: (signal) => runPlanned(plan, options, { ledger, world, hostname, mayGoOn }, signal),
      [Symbol.dispose]: () => lock?.[Symbol.dispose](),
    };
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw error;
  }
}

async function runPlanned(
  { file, planned, totals }: PlannedSweep,
  options: SweepOptionValues,
  { hostname, ...parts }: Pick<SweepParts, 'ledger' | 'mayGoOn'> & { world: SweepWorld; hostname: string },
  signal: AbortSignal,
): Promise<SweepResults> {
  const startMs = performance.now();
  const { output, parallel, acceptDisturbance, retry: retries, retryFailed, cellTimeout } = options;
  if (parallel > 1) warn(parallelText(options));
  const line = progress(`${file.name}: ${totals.toRun} cells to run`);
  const cells = planned.map(({ cell }) => cell);
  const names = varyingOptions(cells);
  const shown = progressOf(planned, line);
  const planner = new CellPlanner(
    { ...options, sweep: file.name, command: commandLine() },
    parts.world,
    shown.preparing,
  );
  const cellLimitMs = cellTimeout === undefined ? Number.POSITIVE_INFINITY : cellTimeout * 1000;
  const rules = { sweep: file.name, hostname, retries, retryFailed, cellLimitMs, parallel, acceptDisturbance };
  try {
    const results = await runCells(
      cells,
      rules,
      {
        ...parts,
        notRun: new NotRunFile(output, file.name),
        planner,
        onCell: (cell) => shown.begin(cellName(cell, names, file.iterations)),
        onResult: (result) => shown.end(result.cell.id),
        // The line shows the cell, whatever happens within it.
        reporter: { stage: shown.draw, progress: shown.draw },
      },
      signal,
    );
    return { results, startMs, interrupted: signal.aborted };
  } finally {
    line.end();
  }
}

const slowMs = 1000;

/** The progress line: how far the sweep is, and the time left by the estimates of its cells. */
function progressOf(planned: readonly PlannedCell[], line: Progress) {
  const weights = new Map(
    planned.flatMap(({ cell, state, estimate }) => (state === 'run' ? [[cell.id, estimate?.ms ?? 1000] as const] : [])),
  );
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  let done = 0;
  let begun = 0;
  let current = '';
  const draw = () => {
    line.stage(current, true);
    line.update(done, total);
  };
  let prepared = { label: '', sinceMs: 0 };
  return {
    draw,
    /** Most models are there at once; only one that takes long is shown. */
    preparing({ label, done: part, total: whole }: Parameters<ModelProgress>[0]) {
      if (prepared.label !== label) prepared = { label, sinceMs: performance.now() };
      if (performance.now() - prepared.sinceMs < slowMs) return;
      // Counted as part of the sweep, so that its time left goes on.
      line.stage(label, true);
      line.update(done, total, whole > 0 ? `${Math.floor((part / whole) * 100)} % of the file` : '');
    },
    begin(name: string) {
      begun++;
      current = `cell ${begun} of ${Math.max(begun, weights.size)}: ${name}`;
      line.stage(current, begun > 1);
      draw();
    },
    end(id: string) {
      done += weights.get(id) ?? 0;
      draw();
    },
  };
}

function parallelText({ parallel, acceptDisturbance }: SweepOptionValues): string {
  return acceptDisturbance
    ? `up to ${parallel} cells run at the same time and disturb each other: their logs say so, and none of them is ranked`
    : `up to ${parallel} cells run at the same time, each on a device of its own: their logs say so`;
}

export function showPlan(plan: PlannedSweep, { json }: Pick<SweepOptionValues, 'json'>): void {
  if (!json) {
    print(planText(plan));
    return;
  }
  const { file, grid, planned, totals, rates } = plan;
  const { excluded, merged } = grid;
  const cells = planned.map(({ cell, ...rest }) => ({ ...cell, ...rest }));
  printJson({ sweep: file.name, totals, excluded, merged, rates, cells });
}

/** Sets the exit code too. */
export function showResults(
  { file, totals }: PlannedSweep,
  { results, startMs, interrupted }: SweepResults,
  { json, output }: SweepOptionValues,
): void {
  const counts = countsOf(results);
  const overhead = overheadOf(results, startMs);
  process.exitCode = exitCodeOf(counts, interrupted);
  if (json) {
    const cells = results.map(({ cell, ...rest }) => ({ ...cell, ...rest }));
    const estimate = { ms: totals.ms, tookMs: performance.now() - startMs };
    printJson({ sweep: file.name, interrupted, counts, overhead, estimate, cells });
    return;
  }
  print(resultText({ file, results, counts, overhead }));
  if (interrupted) say('Run the same command again to continue where this one stopped.');
  else if (counts.failed > 0) say('Failed cells are tried again with --retry-failed.');
  tellRawLogs(output);
}
