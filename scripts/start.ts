/**
 * `npm start`: the whole pipeline. Looks at the machine and at every framework, asks the embedded model, measures a model of
 * real shape in rounds enough for a verdict, collates, draws, and says who is faster and where the report is.
 *
 *   npm start
 *   npm start -- --install
 *   npm start -- --output my_results --iterations 12
 */
import { exitCodes, missingError, type UserError } from './command-line/errors.ts';
import { counted, milliseconds } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { paint, print } from './command-line/terminal.ts';
import { compareCells } from './compare/comparison.ts';
import { hostnameOf } from './compare/session.ts';
import { measureCeilings, survey } from './compare/start-machine.ts';
import { StartTime, startProgram } from './compare/start-plan.ts';
import { frameworksText, report } from './compare/start-report.ts';
import { askEmbeddedModel, measureSpeed } from './compare/start-sessions.ts';
import { answersText, speedText } from './compare/start-verdict.ts';
import { KeptVocabulary } from './engine/vocabulary-process.ts';
import { environmentsCostText, installEnvironments } from './installation/installing.ts';
import { requireWritable } from './log/run-log.ts';
import { describeHost, usableCores } from './machine/facts/host.ts';
import { coresAndMemory } from './machine/facts/usable.ts';
import { keepNoiseFloor } from './run/quality/run-quality.ts';
import { defaults } from './settings/defaults.ts';

const { start } = defaults;

async function startCommand(): Promise<void> {
  const options = startProgram().parse().opts();
  const { output, iterations } = options;
  requireWritable(output);
  const signal = interruptSignal();
  const budgetSeconds = options.budget ?? (iterations === undefined ? start.budgetSeconds : null);
  const installedMs = options.install ? await installEverything(signal) : 0;
  const budgetMs = budgetSeconds === null ? null : budgetSeconds * 1000;
  const time = new StartTime(budgetMs, start.reportSeconds * 1000, { installedMs });
  const line = progress('looking at this machine', process.stderr, (count) => time.leftMs(count));
  const tell = (text: string) => {
    line.end();
    print(text);
  };
  await using vocabularies = new KeptVocabulary();
  const stage = { output, line, tell, time, vocabularies, signal };
  try {
    const host = await describeHost(false);
    const machine = `${host.cpuModel}, ${coresAndMemory(host)}, ${host.platform} ${host.release}`;
    tell(`${paint('bold', 'This machine')}\n${machine}`);
    const threads = await usableCores();
    const surveys = await survey(stage, threads);
    tell(`\n${frameworksText(surveys, options.install)}`);
    const working = surveys.flatMap(({ framework, availability }) =>
      availability.status === 'available' ? [framework] : [],
    );
    if (working.length === 0) throw noneWorks();
    const ceilings = await measureCeilings(stage, surveys, threads);
    if (ceilings !== null) tell(`\n${ceilings}`);

    const answers = await askEmbeddedModel(stage, working);
    tell(`\n${answersText(compareCells(answers.cells, 'decode', answers.references, answers))}`);
    const speed = answers.interrupted ? null : await measureSpeed(stage, working, { iterations, budgetSeconds });
    if (speed !== null) {
      const comparison = compareCells(speed.cells, 'decode', speed.references, speed);
      keepNoiseFloor(output, hostnameOf(speed), comparison.noiseFloor);
      tell(`\n${speedText(comparison, speed.cells, output)}`);
    }
    if (speed === null || speed.interrupted) {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    time.measured();
    tell(await report(output, line));
  } finally {
    line.end();
  }
}

/** @returns how long it took, in milliseconds */
async function installEverything(signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  print(paint('bold', 'Installing'));
  const costs = await environmentsCostText();
  if (costs !== null) print(costs);
  const outcomes = await installEnvironments({ signal });
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const tookMs = performance.now() - startedMs;
  const found = `${outcomes.length - failed.length} of ${counted(outcomes.length, 'frameworks')}`;
  print(`${found} that live in Python are installed, after ${milliseconds(tookMs)}\n`);
  return tookMs;
}

function noneWorks(): UserError {
  return missingError('no framework works on this machine', 'Install one of them as said above.');
}

await run(startCommand);
