/**
 * Several answers at a time, by engine processes, by sequences of one engine, and by different models: throughput, latency,
 * fairness and shared memory by level; what loading and unloading leaves behind; and how the pool recovers from a killed engine,
 * one out of memory, and a model that does not load. Appends a raw log to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/resource-pool-benchmark.ts --size tiny
 *   npx tsx scripts/resource-pool-benchmark.ts --size 135M --synthetic --quantize q8_0 --sequences 8
 */
import { run } from './command-line/program.ts';
import { print, printJson, say } from './command-line/terminal.ts';
import { requireWritable } from './log/run-log.ts';
import { engineSettings, planBase, prepareModel, withWork } from './run/prepare.ts';
import { runBenchmark } from './run/run.ts';
import { oneFrameworkNamed } from './run/run-options.ts';
import { reporterOn } from './run/run-plan.ts';
import { poolPlan, poolProgram } from './workloads/pool/plan.ts';
import { poolResult, poolText } from './workloads/pool/text.ts';
import { pool } from './workloads/pool/workload.ts';
import { tellEnd } from './workloads/summary-text.ts';
import { planned } from './workloads/workload.ts';

await run(async () => {
  const options = poolProgram().parse().opts();
  requireWritable(options.output);
  const framework = await oneFrameworkNamed(options.framework, options);
  await withWork(`preparing ${framework.title}`, async ({ line, signal, ...world }) => {
    // How many sequences an engine has is said by each level.
    const asked = { ...options, sequences: undefined };
    const plan = await poolPlan(options, framework, (change) =>
      prepareModel(framework, { ...asked, ...change }, world),
    );
    const { model } = plan.model;
    const settings = await engineSettings(asked, framework, model);
    const workload = planned(pool, plan);
    const ready = { framework, model, settings, ...planBase(options), workload, warmUp: 0 };
    const outcome = await runBenchmark(ready, reporterOn(line), signal);
    line.end();
    const result = poolResult(outcome);
    if (options.json) printJson(result);
    else print(poolText(result));
    if (outcome.end.status === 'completed') say(`Raw log: ${outcome.logPath}`);
    tellEnd(outcome);
  });
});
