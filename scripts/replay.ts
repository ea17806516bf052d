/**
 * Runs a recorded run again: the header of its raw log says which model (by hash), which questions, settings and engine
 * version. Says what differs here, and whether the new result agrees with the recorded one. The new run's log goes to
 * <output>/raw/<framework>/; exit code 0 when it agrees, 1 when not.
 *
 *   npx tsx scripts/replay.ts benchmark_output/raw/llamacpp/<log>.txt
 *   npx tsx scripts/replay.ts <log> --dry-run
 */
import packageJson from '../package.json' with { type: 'json' };
import { exitCodes, UserError } from './command-line/errors.ts';
import { realNumber, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { shellLine } from './command-line/shell-line.ts';
import { print, printJson, say, warn } from './command-line/terminal.ts';
import { type Difference, differencesAfter, differencesBefore } from './compare/replay/differences.ts';
import { type RecordedRun, readRecordedRun, sisterLogs } from './compare/replay/recorded-run.ts';
import { type ReplayPlan, replayedModel, replayedWorkload, replayPlan } from './compare/replay/replay-plan.ts';
import { type ReplayResult, replayResult, replayText } from './compare/replay/replay-result.ts';
import { probeFramework } from './engine/engine.ts';
import { equivalentCommand, singleScript } from './log/repeating-command.ts';
import { requireWritable } from './log/run-log.ts';
import { describeHost } from './machine/facts/host.ts';
import type { ResolvedModel } from './models/resolve.ts';
import { type CommandWork, planBase, withWork } from './run/prepare.ts';
import { runBenchmark } from './run/run.ts';
import { reporterOn } from './run/run-plan.ts';
import { defaults } from './settings/defaults.ts';
import { smallestEffect } from './statistics/verdict.ts';

function replayProgram() {
  return program('replay', 'Runs a recorded run again and says whether the new result agrees with it.', [
    ['npx tsx scripts/replay.ts benchmark_output/raw/llamacpp/LOG.txt', 'the same model, prompts and settings again'],
    ['npx tsx scripts/replay.ts LOG.txt --dry-run', 'only print the command that does the same'],
    ['npx tsx scripts/replay.ts LOG.txt --strict', 'refuse where model, engine, host or Tokenlap differ'],
    ['npx tsx scripts/replay.ts LOG.txt --model ./moved.gguf', 'a log whose model file lies elsewhere now'],
  ])
    .argument('<log>', 'raw log of a qa or kernel run, complete or not')
    .option('--dry-run', 'print the equivalent command line and run nothing', false)
    .option('--strict', 'run nothing when something differs from the recorded run', false)
    .option('--floor <percent>', 'differences up to this count as none', realNumber(0, 100), smallestEffect * 100)
    .option('--model <path>', 'where the model file lies now')
    .option('--questions <file>', 'where the question file lies now')
    .option('--timeout <seconds>', 'longest wait for one answer, for loading', wholeNumber(1), defaults.timeoutSeconds)
    .option('--output <dir>', 'folder of results for the new log', defaults.output)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false);
}

type ReplayOptions = ReturnType<ReturnType<typeof replayProgram>['opts']>;

async function replayCommand(): Promise<void> {
  const command = replayProgram().parse();
  const options = command.opts();
  const recorded = readRecordedRun(command.processedArgs[0]);
  for (const doubt of recorded.doubts) warn(`of the log: ${doubt}`);
  const plan = await replayPlan(recorded.header, options);
  if (options.dryRun) {
    printCommand(recorded, plan, options.json);
    return;
  }
  requireWritable(options.output);
  await withWork(`preparing ${plan.framework.title}`, async (world) => {
    const { result, exitCode } = await replay(recorded, plan, options, world);
    world.line.end();
    if (options.json) printJson(result);
    else print(replayText(result));
    process.exitCode = exitCode;
  });
}

function printCommand({ header }: RecordedRun, plan: ReplayPlan, json: boolean): void {
  // Files may have moved, and a run of a comparison is one run of its framework's own script.
  const { size, algorithm, model, synthetic } = plan.model;
  const moved = { size, algorithm, model, synthetic, questions: plan.questions?.file };
  const { workload } = plan.settings;
  const rounds = workload.kind === 'qa' ? { iterations: workload.rounds, firstRound: workload.firstRound } : {};
  const script = singleScript(plan.framework.name);
  const words = equivalentCommand(header, script, { ...moved, ...rounds }, { named: 'all' });
  if (json) printJson({ command: words });
  else print(shellLine(words));
}

async function replay(
  recorded: RecordedRun,
  plan: ReplayPlan,
  options: ReplayOptions,
  world: CommandWork,
): Promise<{ result: ReplayResult; exitCode: number }> {
  const { header } = recorded;
  const sisters = sisterLogs(recorded);
  const model = await replayedModel(header, plan, world);
  const before = async (frameworkVersion: string | null) =>
    differencesBefore(header, {
      model: model.record,
      tokenlap: packageJson.version,
      host: await describeHost(header.host.anonymized),
      frameworkVersion,
    });
  if (options.strict) refuseDifferences(await before(await versionHere(plan)));
  const outcome = await runAgain(recorded, plan, model, options, world);
  const { version } = outcome.header.framework;
  const differences = [
    ...(await before(version === 'unknown' ? null : version)),
    ...differencesAfter(recorded.records, outcome.records),
  ];
  const result = replayResult(recorded, outcome, sisters, differences, options.floor / 100);
  const didNotAgree = outcome.end.status === 'completed' ? exitCodes.failed : outcome.exitCode;
  return { result, exitCode: result.agrees ? exitCodes.ok : didNotAgree };
}

function runAgain(
  { header, path }: RecordedRun,
  plan: ReplayPlan,
  model: ResolvedModel,
  { output, timeout }: ReplayOptions,
  { line, signal }: CommandWork,
) {
  const { engine, warmUp } = plan.settings;
  say(`Replaying ${path}`);
  return runBenchmark(
    {
      framework: plan.framework,
      model,
      settings: engine,
      workload: replayedWorkload(plan, model),
      ...planBase({ seed: header.seed, timeoutSeconds: timeout, output, anonymize: header.host.anonymized }),
      warmUp,
    },
    reporterOn(line),
    signal,
  );
}

/** Null where the framework does not say it without a model. */
async function versionHere({ framework, settings }: ReplayPlan): Promise<string | null> {
  const availability = await probeFramework(framework, settings.engine.device);
  return availability.status === 'available' ? availability.version : null;
}

/** @throws UserError naming each */
function refuseDifferences(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  const list = differences.map(({ what, recorded, here }) => `${what}: recorded ${recorded}, here ${here}`);
  throw new UserError(`not replayed, because something differs: ${list.join('; ')}`, {
    exitCode: exitCodes.failed,
    remedy: 'Omit --strict to run nevertheless.',
  });
}

await run(replayCommand);
