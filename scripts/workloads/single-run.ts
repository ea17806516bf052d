/** What `<framework>-benchmark.ts` does: one framework, one run, one raw log, a summary. */

import { addSettings } from '../command-line/parsing/add-settings.ts';
import { addFrameworkOptions } from '../command-line/parsing/framework-options.ts';
import { program } from '../command-line/program.ts';
import { print, printJson } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import { configured, frameworkNamed } from '../frameworks/registry.ts';
import { requireWritable } from '../log/run-log.ts';
import { withModelOptions } from '../models/model-options.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { summarizeRun } from '../results/run-summary.ts';
import { engineSettings, planBase, prepareModel, withWork } from '../run/prepare.ts';
import { runBenchmark } from '../run/run.ts';
import { withEngineOptions, withNamedDefaults, withOutputOptions, withWorkloadOptions } from '../run/run-options.ts';
import { type RunPlan, reporterOn } from '../run/run-plan.ts';
import { defaults } from '../settings/defaults.ts';
import { namesOf } from '../settings/setting.ts';
import { extentSettings } from '../settings/workload-settings.ts';
import { withLoadOptions } from './load/workload.ts';
import { workloadPlan } from './registry.ts';
import { hasMeasured, summaryText, tellEnd } from './summary-text.ts';
import type { WorkloadOptionValues } from './workload.ts';

/** Arguments, each with a few words on what they do. */
type Examples = ReadonlyArray<[args: string, does: string]>;

const usualExamples: Examples = [
  ['--size tiny', 'the embedded model, every predefined question'],
  ['--size 1B --synthetic --quantize q8_0', 'speed without a download: random weights of the real shape'],
  ['--size 1B --seed 42', 'downloads the model once'],
  ['--model ./model.gguf --workload kernel', "llama-bench's pp512 and tg128 on a file of your own"],
];

/** The script's options, those of load tests apart; nothing is run. */
export function singleRunProgram(framework: Framework, examples = usualExamples) {
  const { name } = framework;
  const command = program(
    `${name}-benchmark`,
    `Measures ${framework.title}: one run in a fresh process, one raw log under <output>/raw/${name}/, a summary.`,
    examples.map(([args, does]) => [`npx tsx scripts/${name}-benchmark.ts ${args}`, does]),
  );
  const parsed = addSettings(
    withOutputOptions(
      withWorkloadOptions(withEngineOptions(withModelOptions(addFrameworkOptions(command, framework.options ?? [])))),
    ),
    namesOf(extentSettings),
  );
  return { parsed, underLoad: framework.concurrent === true ? withLoadOptions(parsed) : undefined };
}

/**
 * @param name the framework's name in the registry
 * @param examples for the help, where the usual ones do not fit
 */
export async function singleRun(name: string, examples = usualExamples): Promise<void> {
  const registered = frameworkNamed(name);
  const { parsed, underLoad } = singleRunProgram(registered, examples);
  const options = parsed.parse().opts();
  const load = underLoad?.opts();
  const framework = withNamedDefaults(configured(registered, options));

  requireWritable(options.output);
  await withWork(`preparing ${framework.title}`, async ({ line, signal, ...world }) => {
    const model = await prepareModel(framework, options, world);
    const plan = await singleRunPlan(framework, model, options, load);
    const outcome = await runBenchmark(plan, reporterOn(line), signal);
    line.end();
    const summary = summarizeRun(outcome);
    if (options.json) printJson(summary);
    else if (hasMeasured(summary, outcome.records)) print(summaryText(summary, outcome.records));
    tellEnd(outcome);
  });
}

type SingleRunOptions = ReturnType<ReturnType<typeof singleRunProgram>['parsed']['opts']>;

/** @throws UserError for what framework or model do not support */
export async function singleRunPlan(
  framework: Framework,
  model: ResolvedModel,
  options: SingleRunOptions,
  load?: WorkloadOptionValues['load'],
): Promise<RunPlan> {
  const settings = await engineSettings(options, framework, model);
  return {
    framework,
    model,
    settings,
    workload: await workloadPlan(
      { ...options, load, minSeconds: options.minSeconds ?? (options.rounds === undefined ? undefined : 0) },
      {
        model,
        contextTokens: settings.contextTokens,
        rounds: options.rounds ?? defaults.iterations,
        firstRound: options.firstRound,
        timeoutSeconds: options.timeoutSeconds,
      },
    ),
    ...planBase(options),
    warmUp: options.warmUp,
    conditions: options.conditions,
    profile: options.profile,
  };
}
