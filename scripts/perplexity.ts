/**
 * How likely a text is under a model, by the chunks and formulas of llama-perplexity: perplexity, and compared with a reference KL
 * divergence, top-1 agreement and probability shift. Raw logs go to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/perplexity.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/perplexity.ts --size 1B --text ./book.txt --no-reference
 */
import { run } from './command-line/program.ts';
import { print, printJson, tellRawLogs } from './command-line/terminal.ts';
import { exitCodeOf } from './run/refusal.ts';
import { likelihoodResult, likelihoodText } from './workloads/perplexity/likelihood-text.ts';
import { defaultTextFile, readText } from './workloads/perplexity/text.ts';
import { textScored } from './workloads/perplexity/workload.ts';
import { compareTrials } from './workloads/reference/compare-trials.ts';
import { perplexityProgram } from './workloads/reference/comparison-options.ts';

await run(async () => {
  const options = perplexityProgram().parse().opts();
  const text = await readText(options.text ?? defaultTextFile);

  const { session, cells, groups, outcomes, notRun, interrupted } = await compareTrials(
    options,
    textScored({ ...options, text }),
  );
  const { notes, rows, notScored } = likelihoodResult(cells, outcomes, groups);
  const result = { notes, rows, notScored: [...notScored, ...notRun] };

  if (options.json) printJson({ session, ...result });
  else {
    print(likelihoodText(result));
    tellRawLogs(options.output);
  }
  process.exitCode = exitCodeOf(
    result.notScored.map(({ status }) => status),
    { interrupted, wanted: options.frameworks !== undefined || rows.length === 0 },
  );
});
