/** What `resource-pool-benchmark.ts` does: options, models, the test, its figures. */
import { program, reportFailure } from '../../command-line/program.ts';
import { print, printJson, say } from '../../command-line/terminal.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { requireWritable } from '../../log/run-log.ts';
import { usableCores } from '../../machine/facts/host.ts';
import { type ModelOptionValues, withModelOptions } from '../../models/model-options.ts';
import { engineSettings, planBase, prepareModel, withWork } from '../../run/prepare.ts';
import { type RunOutcome, runBenchmark } from '../../run/run.ts';
import { frameworkWord, oneFrameworkNamed, withEngineOptions, withOutputOptions } from '../../run/run-options.ts';
import { reporterOn } from '../../run/run-plan.ts';
import { defaultQuestionsFile, readQuestions } from '../questions/questions.ts';
import { planned } from '../workload.ts';
import { namedModel, type PoolPlan } from './pool-context.ts';
import { levelsOf, withPoolOptions } from './pool-options.ts';
import { poolResult, poolText } from './pool-text.ts';
import { faults as allFaults } from './records.ts';
import { pool } from './workload.ts';

export async function poolCommand(): Promise<void> {
  const options = poolProgram().parse().opts();
  requireWritable(options.output);
  const framework = await oneFrameworkNamed(options.framework, options);
  await withWork(`preparing ${framework.title}`, async ({ line, signal, ...world }) => {
    const { sequences: _levels, ...engineOptions } = options;
    const resolve = async (choice: Partial<Pick<ModelOptionValues, 'size' | 'quantize' | 'model'>>) =>
      namedModel(await prepareModel(framework, { ...engineOptions, ...choice }, world));
    const side = [];
    for (const { size, quantize } of options.models ?? []) {
      side.push(await resolve({ model: undefined, size, quantize }));
    }
    const model = side[0] ?? (await resolve({}));
    const { threads, faults = allFaults } = options;
    const levels = levelsOf(options, framework, model, side);
    const poolPlan: PoolPlan = {
      questions: await readQuestions(options.questions ?? defaultQuestionsFile),
      levels,
      model,
      faults,
      cycles: options.cycles,
      secondsPerLevel: options.secondsPerLevel,
      retries: options.retries,
      maxTokens: options.maxTokens,
      threads,
      cores: await usableCores(),
    };
    const outcome = await runBenchmark(
      {
        framework,
        model: model.model,
        settings: await engineSettings(engineOptions, framework, model.model),
        ...planBase(options),
        workload: planned(pool, poolPlan),
        warmUp: 0,
      },
      reporterOn(line),
      signal,
    );
    line.end();
    const result = poolResult(outcome);
    if (options.json) printJson(result);
    else print(poolText(result));
    tellEnd(outcome);
    process.exitCode = outcome.exitCode;
  });
}

export function poolProgram() {
  const script = 'npx tsx scripts/resource-pool-benchmark.ts';
  const command = program(
    'resource-pool-benchmark',
    'Several answers and several models at once: throughput, latency, fairness, shared memory, fragmentation, recovery.',
    [
      [`${script} --size tiny`, 'engines and sequences 1, 2, 4; loading and unloading; every fault'],
      [`${script} --size 135M --synthetic --quantize q8_0 --sequences 8 --faults none`, 'batching alone'],
      [`${script} --framework pytorch --size tiny --engines 2`, 'any framework, as processes'],
      [`${script} --models tiny:f16,tiny:q8_0 --faults none`, 'two models side by side, each alone before'],
    ],
  ).option('--framework <name>', 'the framework to look at', frameworkWord, frameworks[0]?.name ?? '');
  return withOutputOptions(withPoolOptions(withEngineOptions(withModelOptions(command))));
}

function tellEnd({ end, logPath }: RunOutcome): void {
  switch (end.status) {
    case 'completed':
      say(`Raw log: ${logPath}`);
      return;
    case 'interrupted':
      say(`Interrupted; what was measured is in ${logPath}`);
      return;
    case 'missing':
    case 'failed':
      reportFailure(`${end.error?.message ?? 'the test failed'} (log: ${logPath})`, end.error?.remedy);
      return;
    default:
      end.status satisfies never;
  }
}
