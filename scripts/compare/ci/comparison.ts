/** Both builds, in two stages: every cell, then the suspects again. The logs go where all logs go; collate/gate.ts judges them. */
import { z } from 'zod';
import { writeWhole } from '../../command-line/files/folders.ts';
import type { Progress } from '../../command-line/progress.ts';
import { type GatePlan, type GateStage, gatePlanPath, gateSweepName, type Side, sides } from '../../log/gate-plan.ts';
import { runStage } from '../pipeline-stage.ts';
import type { CellOptions } from '../sweeps/cell.ts';
import type { Build } from './build.ts';
import { type CellRun, type CellRunRequest, runCellOnce } from './cell-run.ts';
import { type GateTurn, gateTurns } from './rounds.ts';

export interface GateQuestion {
  plan: GatePlan;
  builds: Record<Side, Pick<Build, 'root'>>;
  /** Options of the cells, by their numbers. */
  options: ReadonlyMap<number, CellOptions>;
  output: string;
  seed: number;
}

const judgementSchema = z.object({ again: z.array(z.object({ cell: z.number(), runs: z.number() })) });

/** Failed runs in a row after which a cell is not tried any more. */
const mostFailures = 2;

/** @returns false when it was interrupted */
export async function compareBuilds(
  question: GateQuestion,
  line: Progress,
  signal: AbortSignal,
  runOnce: (request: CellRunRequest, signal: AbortSignal) => Promise<CellRun> = runCellOnce,
): Promise<boolean> {
  const { plan, output } = question;
  writePlan(question);
  const every = plan.cells.map(({ number: cell }) => ({ cell, runs: plan.runs }));
  if (!(await runTurns(question, 'screen', every, line, signal, runOnce))) return false;
  line.stage('looking for suspects');
  const { again } = await judged(output);
  if (!(await runTurns(question, 'confirm', again, line, signal, runOnce))) return false;
  if (again.length > 0) await judged(output);
  return true;
}

async function judged(output: string): Promise<z.infer<typeof judgementSchema>> {
  await runStage('collate/all.ts', output);
  return judgementSchema.parse(await runStage('collate/gate.ts', output, ['--fail-on', 'never']));
}

async function runTurns(
  question: GateQuestion,
  stage: GateStage,
  cells: ReadonlyArray<{ cell: number; runs: number }>,
  line: Progress,
  signal: AbortSignal,
  runOnce: (request: CellRunRequest, signal: AbortSignal) => Promise<CellRun>,
): Promise<boolean> {
  const turns = gateTurns(cells, question.seed);
  const words = new Map(question.plan.cells.map(({ number, words }) => [number, words]));
  const failures = new Map<string, number>();
  const name = stage === 'screen' ? 'first stage' : 'second stage, the suspects again';
  line.stage(name);
  for (const [done, turn] of turns.entries()) {
    const of = `${turn.cell} ${turn.side}`;
    if (sides.some((side) => (failures.get(`${turn.cell} ${side}`) ?? 0) >= mostFailures)) continue;
    line.stage(`${name}, run ${done + 1} of ${turns.length}: ${turn.side}, ${words.get(turn.cell)}`, true);
    line.update(done, turns.length);
    const run = await runTurn(question, stage, turn, signal, runOnce);
    if (signal.aborted || run.kind === 'interrupted') return false;
    if (run.kind === 'completed') failures.set(of, 0);
    else {
      failures.set(of, run.kind === 'out' ? mostFailures : (failures.get(of) ?? 0) + 1);
      note(question, turn, run.reason);
    }
  }
  return true;
}

async function runTurn(
  { plan, builds, options, output }: GateQuestion,
  stage: GateStage,
  { cell, side, iteration }: GateTurn,
  signal: AbortSignal,
  runOnce: (request: CellRunRequest, signal: AbortSignal) => Promise<CellRun>,
): Promise<CellRun> {
  const ofCell = options.get(cell);
  if (ofCell === undefined) return { kind: 'out', reason: `the suite has no cell ${cell}` };
  const sweep = gateSweepName(plan, side, stage, cell);
  return runOnce({ build: builds[side], sweep, options: ofCell, iteration, output }, signal);
}

/** A run that left no log says nothing in the tables: the plan keeps its reason. */
function note(question: GateQuestion, { cell, side }: GateTurn, reason: string): void {
  const { problems } = question.plan;
  if (problems.some((one) => one.cell === cell && one.side === side && one.reason === reason)) return;
  problems.push({ cell, side, reason });
  writePlan(question);
}

function writePlan({ plan, output }: GateQuestion): void {
  writeWhole(gatePlanPath(output), `${JSON.stringify(plan, null, 2)}\n`);
}
