/** lm-eval against our endpoint, with tasks of our own, and what it says of each item. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, type Served } from './served.ts';

const texts = z.tuple([z.string()]).transform(([text]) => text);

const choiceSchema = z.object({
  doc_id: z.number(),
  target: z.coerce.number(),
  /** By option: the context, and what continues it. */
  arguments: z
    .record(z.string(), z.object({ arg_0: z.string(), arg_1: z.string() }))
    .transform((all) => Object.values(all).map(({ arg_0, arg_1 }) => ({ context: arg_0, continuation: arg_1 }))),
  /** By option: its log-likelihood, and whether each of its tokens is the most probable one. */
  filtered_resps: z.array(
    z
      .tuple([z.coerce.number(), z.union([z.boolean(), z.enum(['True', 'False'])])])
      .transform(([likelihood, greedy]) => ({ likelihood, isGreedy: greedy === true || greedy === 'True' })),
  ),
  acc: z.number(),
  acc_norm: z.number(),
});

const answerSchema = z.object({
  doc_id: z.number(),
  target: z.string(),
  resps: z.array(texts),
  exact_match: z.number(),
});

const resultsSchema = z.object({
  results: z.object({
    tokenlap_choices: z.looseObject({ 'acc,none': z.number(), 'acc_norm,none': z.number() }),
    tokenlap_answers: z.looseObject({ 'exact_match,none': z.number() }),
  }),
});

export interface Item {
  question: string;
  choices: readonly string[];
  /** Index of the right one. */
  answer: number;
}

export interface Asking {
  prompt: string;
  answer: string;
}

export interface LmEvalResults {
  accuracy: number;
  normalizedAccuracy: number;
  exactMatch: number;
  choices: Array<z.infer<typeof choiceSchema>>;
  answers: Array<z.infer<typeof answerSchema>>;
}

/**
 * @param tokenizer 'huggingface': the exported folder; 'remote': the endpoint's own paths
 * @param until what ends an answer
 */
export async function runLmEval(
  { witness, model, tokenizer: exported, folder, client }: Served,
  {
    items,
    asked,
    until,
    tokenizer,
  }: { items: readonly Item[]; asked: readonly Asking[]; until: string; tokenizer: 'huggingface' | 'remote' },
): Promise<LmEvalResults> {
  const place = join(folder, `lm-eval-${tokenizer}`);
  mkdirSync(place);
  const choicesPath = join(place, 'choices.jsonl');
  const answersPath = join(place, 'answers.jsonl');
  writeLines(choicesPath, items);
  writeLines(answersPath, asked);
  const shared = { dataset_path: 'json', test_split: 'test', metadata: { version: 1 } };
  writeTask(place, {
    ...shared,
    task: 'tokenlap_choices',
    dataset_kwargs: { data_files: { test: choicesPath } },
    output_type: 'multiple_choice',
    doc_to_text: 'Question: {{question}}\nAnswer:',
    doc_to_choice: '{{choices}}',
    doc_to_target: '{{answer}}',
    metric_list: [{ metric: 'acc' }, { metric: 'acc_norm' }],
  });
  writeTask(place, {
    ...shared,
    task: 'tokenlap_answers',
    dataset_kwargs: { data_files: { test: answersPath } },
    output_type: 'generate_until',
    doc_to_text: '{{prompt}}',
    doc_to_target: '{{answer}}',
    generation_kwargs: { until: [until], max_gen_toks: 80, do_sample: false },
    metric_list: [{ metric: 'exact_match' }],
  });
  const output = join(place, 'output');
  const modelArgs = [
    ...[`model=${model}`, `base_url=${witness.origin}/v1/completions`, 'num_concurrent=1', 'max_length=512'],
    ...[`tokenizer_backend=${tokenizer}`, ...(tokenizer === 'huggingface' ? [`tokenizer=${exported}`] : [])],
  ];
  await client('lm_eval', [
    'run',
    ...['--model', 'local-completions', '--model_args', modelArgs.join(',')],
    ...['--tasks', 'tokenlap_choices,tokenlap_answers', '--include_path', place],
    ...['--output_path', output, '--log_samples'],
  ]);
  const { results } = readJson(resultsSchema, written(output, /^results_.*\.json$/));
  const samples = <S extends z.ZodType>(schema: S, task: string): Array<z.infer<S>> =>
    readFileSync(written(output, new RegExp(`^samples_${task}_.*\\.jsonl$`)), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => schema.parse(JSON.parse(line)));
  return {
    accuracy: results.tokenlap_choices['acc,none'],
    normalizedAccuracy: results.tokenlap_choices['acc_norm,none'],
    exactMatch: results.tokenlap_answers['exact_match,none'],
    choices: samples(choiceSchema, 'tokenlap_choices'),
    answers: samples(answerSchema, 'tokenlap_answers'),
  };
}

function writeLines(path: string, lines: readonly unknown[]): void {
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Every JSON text is a YAML text. */
function writeTask(folder: string, task: { task: string } & Record<string, unknown>): void {
  writeFileSync(join(folder, `${task.task}.yaml`), JSON.stringify(task));
}

/** It writes into a folder named after the model, files named after the time. */
function written(folder: string, name: RegExp): string {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).find((entry) => name.test(entry.name));
  if (found === undefined) throw new Error(`lm-eval wrote no ${name} below ${folder}`);
  return join(found.parentPath, found.name);
}
