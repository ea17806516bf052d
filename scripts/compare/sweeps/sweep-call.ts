/** One call of a sweep: plan it, then print the plan or run it. Both sweep scripts end here. */
import { isSwitchedOn } from '../../command-line/options.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
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
import { type CellResult, runCells, type SweepRules } from './sweep-run.ts';
import { type PlannedSweep, planText, resultText } from './sweep-text.ts';

export async function callSweep(file: SweepFile, options: SweepOptionValues, around: SweepWorld): Promise<void> {
  validateOptions(options);
  const signal = interruptSignal();
  const grid = gridOf(file);
  const names = [...new Set(grid.cells.map(({ framework }) => framework))];
  serverAmong(names);
  const frameworks = new Map<string, Framework>();
  for (const name of names) {
    frameworks.set(name, withNamedDefaults(await oneFrameworkNamed(name, options, around.frameworkNamed)));
  }
  const world = { ...around, frameworkNamed: (name: string) => frameworks.get(name) ?? around.frameworkNamed(name) };
  if (!options.dryRun) requireWritable(options.output);
  using lock = options.dryRun ? null : takeSweepLock(options.output, file.name);

  const host = await describeHost(options.anonymize);
  const cells = cellsInOrder(grid.cells, file, await usableCores());
  const traces = [...readTraces(options.output)];
  const oldestMs = options.maxAge === undefined ? Number.NEGATIVE_INFINITY : Date.now() - options.maxAge;
  const ledger = new Ledger(traces, { sweep: file.name, hostname: host.hostname, oldestMs });
  const rates = ratesOf(options.output, host);
  const history = new History(traces, host.hostname);
  const { retryFailed, force } = options;
  const offline = options.offline || isSwitchedOn(process.env.TOKENLAP_OFFLINE);
  const planned = await planSweep({ cells, ledger, history, rates, retryFailed, force, offline, world });
  const plan: PlannedSweep = { file, grid, planned, totals: planTotals(planned), rates };
  if (options.dryRun) {
    showPlan(plan, options.json);
    return;
  }
  const startMs = performance.now();
  const results = await run(
    plan,
    options,
    { ledger, world, hostname: host.hostname, mayGoOn: () => lock?.requireHeld() },
    signal,
  );
  showResults(plan, results, options, startMs, signal.aborted);
}

interface Running {
  ledger: Ledger;
  world: SweepWorld;
  hostname: string;
  mayGoOn: () => void;
}

async function run(
  { file, planned, totals }: PlannedSweep,
  options: SweepOptionValues,
  { ledger, world, hostname, mayGoOn }: Running,
  signal: AbortSignal,
): Promise<CellResult[]> {
  if (options.parallel > 1) warn(parallelText(options));
  const line = progress(`${file.name}: ${totals.toRun} cells to run`);
  const names = varyingOptions(planned.map(({ cell }) => cell));
  const shown = progressOf(planned, line);
  const planner = new CellPlanner({ ...options, sweep: file.name, command: commandLine() }, world, shown.preparing);
  const rules: SweepRules = {
    sweep: file.name,
    hostname,
    retries: options.retry,
    retryFailed: options.retryFailed,
    cellLimitMs: options.cellTimeout === undefined ? Number.POSITIVE_INFINITY : options.cellTimeout * 1000,
    parallel: options.parallel,
    acceptDisturbance: options.acceptDisturbance,
  };
  try {
    return await runCells(
      planned.map(({ cell }) => cell),
      rules,
      {
        ledger,
        notRun: new NotRunFile(options.output, file.name),
        planner,
        world,
        mayGoOn,
        onCell: (cell) => shown.begin(cellName(cell, names, file.iterations)),
        onResult: (result) => shown.end(result.cell.id),
        // The line shows the cell, whatever happens within it.
        reporter: { stage: shown.draw, progress: shown.draw },
      },
      signal,
    );
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

function showPlan(plan: PlannedSweep, json: boolean): void {
  if (!json) {
    print(planText(plan));
    return;
  }
  const { file, grid, planned, totals, rates } = plan;
  const { excluded, merged } = grid;
  const cells = planned.map(({ cell, ...rest }) => ({ ...cell, ...rest }));
  printJson({ sweep: file.name, totals, excluded, merged, rates, cells });
}

function showResults(
  { file, totals }: PlannedSweep,
  results: readonly CellResult[],
  { json, output }: SweepOptionValues,
  startMs: number,
  interrupted: boolean,
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
