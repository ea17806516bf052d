/**
 * Measures one model with llama.cpp in every format of its weights: those that are made from the embedded model, written as
 * random weights, or available from the hub. A fresh process and a raw log each; started again, only what is missing runs.
 *
 *   npx tsx scripts/llamacpp-sweep.ts --size tiny
 *   npx tsx scripts/llamacpp-sweep.ts --size 135M --synthetic --workload kernel --dry-run
 */

import { usageError } from './command-line/errors.ts';
import { fileNamePart } from './command-line/files/folders.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { realWorld } from './compare/sweeps/cell-run.ts';
import { ModelCatalogue } from './compare/sweeps/model-facts.ts';
import { openSweep, showPlan, showResults } from './compare/sweeps/sweep-call.ts';
import { parseSweep } from './compare/sweeps/sweep-file.ts';
import { withSweepOptions } from './compare/sweeps/sweep-options.ts';
import type { Framework } from './frameworks/framework.ts';
import { withModelVariants } from './models/model-options.ts';
import { defaultQuantization } from './models/quantization.ts';
import { withEngineOptions, withWorkloadOptions } from './run/run-options.ts';
import { defaults } from './settings/defaults.ts';
import { axesOfSettings, type SettingValues } from './settings/settings.ts';

/** @param name the framework's in the registry */
async function formatSweep(name: string): Promise<void> {
  const framework = realWorld.frameworkNamed(name);
  const script = `npx tsx scripts/${name}-sweep.ts`;
  const command = program(
    `${name}-sweep`,
    `Measures one model in every format of its weights that ${framework.title} can have it in. What is done stays done: started again, only what is missing runs.`,
    [
      [`${script} --size tiny`, 'the embedded model in each format that is made from it'],
      [`${script} --size 135M --synthetic --workload kernel`, "random weights, llama-bench's figures"],
      [`${script} --size 1B --quantize q4_0,q8_0 --iterations 5`, 'two formats, five runs of each'],
      [`${script} --model ./model-f16.gguf --dry-run`, 'what would be run, and what it takes'],
    ],
  )
    .option('--iterations <n>', 'runs of each format, each a fresh process', wholeNumber(1, 1000), defaults.iterations)
    .option('--name <name>', 'name of the sweep; under another name it begins anew (default: of the model)');
  const options = withSweepOptions(withWorkloadOptions(withEngineOptions(withModelVariants(command))))
    .parse()
    .opts();

  const { iterations, quantize: asked } = options;
  const all = asked.length === 1 && asked[0] === defaultQuantization;
  const quantize = all ? await everyFormat(options, framework) : asked;
  const what = { ...axesOfSettings(options), framework: name, quantize };
  const sweepName = options.name ?? usualName(name, options);
  const file = parseSweep({ ...what, name: sweepName, iterations }, 'the command line');
  const signal = interruptSignal();
  using sweep = await openSweep(file, options, realWorld);
  if (options.dryRun) showPlan(sweep.plan, options);
  else showResults(sweep.plan, await sweep.run(signal), options);
}

type ModelChoice = SettingValues<'size' | 'algorithm' | 'model' | 'synthetic'>;

/** @throws UserError where the framework runs none of the model's formats */
async function everyFormat(
  { size, algorithm, model, synthetic }: ModelChoice,
  framework: Framework,
): Promise<string[]> {
  const formats = await new ModelCatalogue().formatsOf({ size, algorithm, model, synthetic }, framework);
  if (formats.length > 0) return formats;
  throw usageError(`${framework.title} runs no format of this model`, `It runs ${framework.quantizations.join(', ')}.`);
}

/** `llamacpp-tiny-formats`: the same model goes on where it stopped. */
function usualName(framework: string, { size, algorithm, model, synthetic }: ModelChoice): string {
  const of = model ?? [algorithm, size].filter((part) => part !== undefined).join('-');
  const file = of.split(/[/\\]/).at(-1) ?? '';
  return fileNamePart(`${framework}-${file === '' ? 'tiny' : file}${synthetic ? '-synthetic' : ''}-formats`);
}

await run(() => formatSweep('llamacpp'));
