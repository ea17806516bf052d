/**
 * Says what to run: framework, format and device for a model on each host, by a goal and under limits, from what was measured; what
 * was not measured is predicted, at a stated level of trust, with an interval and the command that would verify it.
 *
 * Reads   runs.csv and hardware.csv in the folder of results, and the shapes of the known models
 * Writes  sentences and tables to the terminal, or JSON
 *
 *     npx tsx collate/recommend.ts --model 1B --goal throughput --limit memory=6GB
 *     npx tsx collate/recommend.ts --model 8B --fit
 */
import { missingError, type UserError, usageError } from '../scripts/command-line/errors.ts';
import { choice, commaList, realNumber, wholeNumber, withSuggestion } from '../scripts/command-line/options.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { scriptLine } from '../scripts/command-line/shell-line.ts';
import { print, printJson } from '../scripts/command-line/terminal.ts';
import type { ModelCost } from '../scripts/results/model-costs.ts';
import { runsTable } from '../scripts/results/runs/runs.ts';
import { hardwareTable } from '../scripts/results/tables-made-anew.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { goalNames } from './recommending/figures.ts';
import { memoryOfHost } from './recommending/fit-answer.ts';
import { type Limit, limitOf } from './recommending/limits.ts';
import { costsNamed, readModelCosts } from './recommending/model-costs.ts';
import type { Refusal } from './recommending/refusals.ts';
import { fitText, viewText } from './recommending/text.ts';
import { recommendationView } from './recommending/view.ts';
import { viewAsJson } from './recommending/view-json.ts';
import { readTable } from './tables/read.ts';

function commandLine() {
  return program(
    'collate/recommend.ts',
    'Says what to run on which host, from what was measured and what follows from it.',
    [
      ['npx tsx collate/recommend.ts', 'every measured model on every host'],
      [
        'npx tsx collate/recommend.ts --model 1B --goal latency --limit memory=6GB',
        'measured or predicted, within limits',
      ],
      ['npx tsx collate/recommend.ts --model 8B --fit', 'will it fit, and how fast'],
      ['npx tsx collate/recommend.ts --goal cost --price-per-hour 0.4', 'cost per million tokens'],
    ],
  )
    .option('--model <name>', 'a known model: id, name or size; where it was not measured it is predicted')
    .option('--goal <goal>', goalNames.join(', '), choice(...goalNames), 'throughput')
    .option(
      '--limit <name=value>',
      'at most, or at least: memory=6GB, ttft=500, decode=20; several are allowed',
      limits,
    )
    .option('--host <names>', 'only these hosts', commaList)
    .option('--fit', 'say whether it fits into the memory of the host, and how fast it is', false)
    .option('--quantize <list>', 'formats to predict beside those that a framework was seen to run', commaList)
    .option(
      '--workload <name>',
      'figures of qa or kernel runs (default: qa, or the one that measured the model)',
      choice('qa', 'kernel'),
    )
    .option('--prompt-tokens <n>', 'of a prompt (default: as measured)', wholeNumber(1))
    .option('--answer-tokens <n>', 'of an answer (default: as measured)', wholeNumber(1))
    .option('--depth <n>', 'positions in the cache before the prompt', wholeNumber(0), 0)
    .option('--price-per-hour <price>', 'of the machine, in any currency, for cost', realNumber(0))
    .option('--electricity-price <price>', 'of a kilowatt-hour, in the same currency, for cost', realNumber(0))
    .option('--output <dir>', 'folder with runs.csv in it', defaults.output)
    .option('--json', 'print it as JSON on standard output, and nothing else there');
}

function limits(text: string, before: Limit[] | undefined): Limit[] {
  return [...(before ?? []), limitOf(text)];
}

/** @param args the command line behind the script's name */
export async function recommendCommand(args: readonly string[]): Promise<void> {
  const options = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  const { output, goal, model, host: hosts, fit, workload, json = false } = options;
  const prices = { pricePerHour: options.pricePerHour ?? null, electricityPrice: options.electricityPrice ?? null };
  if (goal === 'cost' && prices.pricePerHour === null && prices.electricityPrice === null) {
    throw usageError('a cost needs a price', 'Give --price-per-hour, --electricity-price, or both.');
  }
  const [runs, hardware] = [readTable(output, runsTable), readTable(output, hardwareTable)];
  const known = [...new Set([...runs, ...hardware].flatMap(({ hostname }) => hostname ?? []))];
  for (const name of hosts ?? []) {
    if (!known.includes(name)) {
      throw usageError(
        withSuggestion(`nothing was measured on a host "${name}"`, name, known),
        `There are: ${known.join(', ') || 'none'}.`,
      );
    }
  }
  const costs = await readModelCosts();
  const view = recommendationView(
    { runs, hardware, costs },
    {
      ...{ goal, limits: options.limit ?? [], formats: options.quantize ?? [] },
      ...(hosts === undefined ? {} : { hosts }),
      ...(model === undefined ? {} : { models: named(model, costs) }),
      ...(workload === undefined ? {} : { workload }),
      terms: {
        ...{ depth: options.depth, ...prices },
        ...(options.promptTokens === undefined ? {} : { promptTokens: options.promptTokens }),
        ...(options.answerTokens === undefined ? {} : { answerTokens: options.answerTokens }),
      },
    },
  );
  if (view.recommendations.length === 0) throw nothingToSay(view.refusals[0], output);
  const memoryOf = (hostname: string) => memoryOfHost(runs, hostname);
  if (json) printJson(viewAsJson(view, memoryOf));
  else print(fit ? fitText(printableTexts(view), memoryOf) : viewText(printableTexts(view)));
}

/** A refusal is the answer to a question, but no recommendation: the exit code says that something has to be measured. */
function nothingToSay(refusal: Refusal | undefined, output: string): UserError {
  return refusal === undefined
    ? missingError(
        `no run in ${output} says how fast a model is`,
        `Measure one with \`${scriptLine('scripts/benchmark.ts', output)}\`, and the machine with \`${scriptLine('scripts/hardware-benchmark.ts', output)}\`; then collate.`,
      )
    : missingError(
        `nothing can be said of ${refusal.model} on ${refusal.hostname}: ${refusal.reason}`,
        `Run \`${refusal.command}\` there, then collate.`,
      );
}

function named(model: string, costs: readonly ModelCost[]): ModelCost[] {
  const found = costsNamed(model, costs);
  if (found.length > 0) return found;
  const names = costs.flatMap(({ id, size }) => [id, size]);
  throw usageError(
    withSuggestion(`there is no model "${model}"`, model, names),
    '`npx tsx scripts/models.ts list` shows the known ones, by size and id.',
  );
}

if (isMain(import.meta.url)) await run(() => recommendCommand(process.argv.slice(2)));
