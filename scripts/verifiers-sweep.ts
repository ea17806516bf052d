/**
 * Accuracy beside speed: asks every framework and every format of the weights the same items of some tasks, and judges the answers.
 * Raw logs with all answers go to <output>/raw/<framework>/; what is finished there already is not asked again.
 *
 *   npx tsx scripts/verifiers-sweep.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/verifiers-sweep.ts --size 1B --data gsm8k.jsonl --max-tokens 400
 */
import { exitCodes } from './command-line/errors.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { commandLine } from './command-line/shell-line.ts';
import { print, printJson, tellRawLogs, warn } from './command-line/terminal.ts';
import { requireWritable } from './log/run-log.ts';
import { requireKnownSize } from './models/model-options.ts';
import { modelRequestsOf, planBase, withWork } from './run/prepare.ts';
import { exitCodeOf } from './run/refusal.ts';
import { chooseFrameworks } from './run/run-options.ts';
import { accuracyProgram, tasksOf, textOf } from './workloads/accuracy/accuracy-options.ts';
import { sweepAccuracy } from './workloads/accuracy/accuracy-sweep.ts';
import { accuracyDoubts, accuracyResult, accuracyText } from './workloads/accuracy/accuracy-text.ts';
import { prepareTasks } from './workloads/accuracy/tasks/registry.ts';
import { scoreText } from './workloads/accuracy/text-likelihood.ts';

await run(async () => {
  const options = accuracyProgram().parse().opts();
  const { output, frameworks, quantize, seed, items, maxTokens, temperature, json } = options;
  requireWritable(output);
  const tasks = await prepareTasks(tasksOf(options), { seed, count: items }, maxTokens);
  const text = await textOf(options);
  const signal = interruptSignal('Stopping; finished tasks are kept. Start again to go on.');
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(frameworks ?? ['auto'], options);
  const modelRequest = modelRequestsOf(options);

  const { sweep, likelihood, withoutText } = await withWork(
    'preparing',
    async ({ line }) => {
      const trials = { frameworks: chosen, quantizations: quantize, modelRequest };
      const sweep = await sweepAccuracy({ ...options, ...trials, command: commandLine() }, tasks, line, signal);
      const { session, runnable } = sweep;
      const reference = options.reference === false ? null : options.reference;
      const textOptions = { ...options, ...planBase(options), reference, modelRequest, session };
      return { sweep, ...(await scoreText(runnable, text, textOptions, line, signal)) };
    },
    signal,
  );

  sweep.notRun.push(...notRun);
  const result = accuracyResult(sweep, tasks, temperature, likelihood);
  if (json) printJson(result);
  else print(accuracyText(result));
  for (const doubt of accuracyDoubts(result)) warn(doubt);
  if (!json) tellRawLogs(output);
  // What the tasks found is printed before what the text lacked.
  if (withoutText !== null) throw withoutText;
  const statuses = [...sweep.notRun, ...(likelihood?.notScored ?? [])].map(({ status }) => status);
  const wanted = frameworks !== undefined || sweep.answered.length === 0;
  const exitCode = exitCodeOf(statuses, { interrupted: sweep.interrupted, wanted });
  process.exitCode = exitCode === exitCodes.ok && sweep.answered.length === 0 ? exitCodes.usage : exitCode;
});
