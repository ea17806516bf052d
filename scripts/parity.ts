/**
 * Parity before speed: compares frameworks and formats of the weights with a reference, token by token and logit by logit,
 * and says which of them may be ranked. Raw logs go to <output>/raw/<framework>/; exit code 1 when one fails.
 *
 *   npx tsx scripts/parity.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/parity.ts --frameworks llamacpp,pytorch --size 1B --reference llamacpp:same
 */
import { run } from './command-line/program.ts';
import { print, printJson, tellRawLogs } from './command-line/terminal.ts';
import { exitCodeOf } from './run/refusal.ts';
import { parityResult, parityText } from './workloads/parity/parity-text.ts';
import { answersCompared } from './workloads/parity/workload.ts';
import { defaultQuestionsFile, readQuestions } from './workloads/questions/questions.ts';
import { compareTrials } from './workloads/reference/compare-trials.ts';
import { parityProgram } from './workloads/reference/comparison-options.ts';

await run(async () => {
  const options = parityProgram().parse().opts();
  const extent = { ...options, questionSet: await readQuestions(options.questions ?? defaultQuestionsFile) };

  const { session, cells, groups, outcomes, notRun, interrupted } = await compareTrials(
    options,
    answersCompared(extent),
  );
  for (const cell of cells) cell.parity = outcomes.get(cell) ?? null;
  const { references, rows, notJudged } = parityResult(cells, groups, extent);
  const result = { references, rows, notJudged: [...notJudged, ...notRun] };

  if (options.json) printJson({ session, ...result });
  else {
    print(parityText(result));
    tellRawLogs(options.output);
  }
  const outcomesAndReasons = [...[...references, ...rows].map(({ standing }) => standing), ...result.notJudged];
  const wanted = options.frameworks !== undefined || rows.length === 0;
  process.exitCode = exitCodeOf(
    outcomesAndReasons.map(({ status }) => status),
    { interrupted, wanted },
  );
});
