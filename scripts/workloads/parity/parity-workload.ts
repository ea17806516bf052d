/** What a parity run does: the reference answers and keeps its logits; every other run is compared with it. */
import { UserError } from '../../command-line/errors.ts';
import type { Scored } from '../../frameworks/framework.ts';
import type { Lineage } from '../../log/lineage.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import { ggufQuantizations } from '../../models/quantization.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { hashOfIds } from '../questions/qa-routine.ts';
import { messagesOf, type Question, type QuestionSet } from '../questions/questions.ts';
import { referenceIdentity } from '../reference/reference-choice.ts';
import { openLogitRows, type ReferenceFolder } from '../reference/reference-folder.ts';
import { compareAnswers, endOfSequence } from './compare-answers.ts';
import { judge } from './invariants.ts';
import type { ParityRecord, ParityReferenceRecord } from './records.ts';
import { toleranceOf } from './tolerances.ts';

export interface ParityExtent {
  questions: QuestionSet;
  /** Most tokens of an answer. */
  maxTokens: number;
}

/** What the reference and all that are compared with it have in common. */
interface ParityContext extends ParityExtent {
  /** Where the reference's logits are. */
  folder: ReferenceFolder;
  /** Why the reference is not the usual one; null when it is. */
  note: string | null;
}

/** The reference and its answers. */
export interface Reference extends ParityContext {
  /** As the logs of those that are compared with it have it. */
  record: ParityReferenceRecord;
  /** Hashes of files of which it has the very values in f32. */
  expandedFrom: readonly string[];
  answers: readonly ReferenceAnswer[];
}

interface ReferenceAnswer {
  question: Question;
  prompt: readonly number[];
  /** Generated tokens, closed by `endOfSequence` where it ended by itself. */
  tokens: readonly number[];
  scored: Scored & { path: string };
}

/** Told after each question that was answered and scored. */
export type OnStep = () => void;

/**
 * Answers and scores every question, and then does both again: the log of the reference itself says how far its second
 * answers are from its first ones, which for a deterministic engine is nowhere.
 * @throws UserError when the engine shows no logits, or there is no room for them
 */
export async function answerAsReference(
  context: RunContext,
  parity: ParityContext,
  onStep: OnStep,
): Promise<Reference> {
  const { folder, maxTokens } = parity;
  const { title } = context.plan.framework;
  if (!context.showsLogits) {
    throw new UserError(`${title} shows no logits and cannot be the reference`, {
      remedy: 'Name another one with --reference FRAMEWORK.',
    });
  }
  const record: ParityReferenceRecord = { type: 'parity_reference', ...referenceIdentity(context), self: false };
  context.write({ ...record, self: true });
  const prompts = await promptsOf(context, parity);
  const answers: ReferenceAnswer[] = [];
  for (const [index, { question, prompt }] of prompts.entries()) {
    const tokens = await answer(context, parity, prompt);
    const scored = await score(context, prompt, tokens, folder.file(`reference-${index}`));
    // Only now it is known how wide a row is; one more file holds the logits of whoever is compared.
    if (index === 0) folder.requireSpace(prompts.length + 1, maxTokens, scored.columns);
    answers.push({ question, prompt, tokens, scored });
    onStep();
  }
  const reference = { ...parity, record, expandedFrom: expandedFrom(context.plan.model.record.lineage), answers };
  await compareAll(context, reference, onStep);
  return reference;
}

/** @throws UserError when the engine makes other token ids of a prompt, or has a vocabulary of another size */
export async function answerAgainst(context: RunContext, reference: Reference, onStep: OnStep): Promise<void> {
  const { write, plan, showsLogits } = context;
  write(reference.record);
  if (reference.note !== null) write({ type: 'warning', code: 'parity_reference', message: reference.note });
  if (!showsLogits) {
    const message = `${plan.framework.title} shows no logits: its parity rests on equal tokens alone`;
    write({ type: 'warning', code: 'parity_tokens_only', message });
  }
  await compareAll(context, reference, onStep);
}

async function compareAll(context: RunContext, reference: Reference, onStep: OnStep): Promise<void> {
  const { plan, write } = context;
  const { title } = plan.framework;
  const prompts = await promptsOf(context, reference);
  const records: ParityRecord[] = [];
  for (const [index, expected] of reference.answers.entries()) {
    requireSamePrompt(expected, prompts[index]?.prompt ?? [], title, reference.record.title);
    const label = String(index);
    const record = await context.timeLog.span('question', () => compare(context, reference, expected), label);
    records.push(record);
    write(record);
    onStep();
  }
  const { weightClass } = plan.model.record.quantization;
  write(judge(records, title, toleranceOf(weightClass, hasSameValues(plan.model.record, reference))));
}

/** After a conversion at load the values are others, though the file is the same. */
function hasSameValues({ sha256, quantization: { got } }: ModelRecord, { record, expandedFrom }: Reference): boolean {
  if (sha256 === record.modelSha256) return got === record.quantize;
  return expandedFrom.includes(sha256) && ggufQuantizations.includes(got);
}

/** f32 has the values of whatever it was made of. */
function expandedFrom(lineage: Lineage | undefined): string[] {
  const { action, inputSha256, options } = lineage?.steps.at(-1) ?? {};
  const isExpanded = action === 'quantize' && options?.to === 'f32' && typeof inputSha256 === 'string';
  return isExpanded ? [inputSha256] : [];
}

async function compare(context: RunContext, reference: Reference, expected: ReferenceAnswer): Promise<ParityRecord> {
  const { question, prompt, scored } = expected;
  const tokens = await answer(context, reference, prompt);
  await using expectedLogits = await openLogitRows(scored.path, scored);
  await using logits = context.showsLogits ? await scoredRows(context, reference, expected) : null;
  const figures = await compareAnswers({ tokens: expected.tokens, logits: expectedLogits }, { tokens, logits });
  return {
    type: 'parity',
    questionId: question.id,
    question: question.question,
    promptTokens: prompt.length,
    promptTokensSha256: hashOfIds(prompt),
    ...figures,
  };
}

/** Logits of this engine along the reference's answer. */
async function scoredRows(context: RunContext, { folder, record }: Reference, expected: ReferenceAnswer) {
  const scored = await score(context, expected.prompt, expected.tokens, folder.file('compared'));
  const { columns } = expected.scored;
  if (scored.columns === columns) return openLogitRows(scored.path, scored);
  throw new UserError(
    `${context.plan.framework.title} has logits for ${scored.columns} tokens, ${record.title} for ${columns}: not the same vocabulary`,
    { remedy: 'Compare files of one and the same model.' },
  );
}

interface Prompt {
  question: Question;
  prompt: number[];
}

async function promptsOf({ engine, plan }: RunContext, { questions }: ParityExtent): Promise<Prompt[]> {
  const template = chatTemplateOf(plan.model);
  const prompts: Prompt[] = [];
  for (const question of questions.questions) {
    const { text } = await template(messagesOf(questions, question));
    const { ids } = await engine.tokenize(text);
    prompts.push({ question, prompt: ids });
  }
  return prompts;
}

/** Greedy. @returns at most `maxTokens` tokens; fewer are closed by `endOfSequence`, for then the end came by itself */
async function answer(context: RunContext, { maxTokens }: ParityExtent, prompt: readonly number[]): Promise<number[]> {
  context.checkInterrupted();
  const { ids } = await context.engine.generate({
    prompt: [...prompt],
    maxTokens,
    temperature: 0,
    seed: context.plan.seed,
    ignoreEndOfSequence: false,
    reusePrefix: false,
    stream: false,
  });
  return ids.length < maxTokens ? [...ids, endOfSequence] : ids;
}

/** Teacher-forced: row i predicts token i of the answer, so the last token, or the end, is predicted and not fed. */
async function score(
  context: RunContext,
  prompt: readonly number[],
  answer: readonly number[],
  path: string,
): Promise<ReferenceAnswer['scored']> {
  context.checkInterrupted();
  const tokens = [...prompt, ...answer.slice(0, -1)];
  const scored = await context.engine.score({ tokens, from: prompt.length, path });
  if (scored.rows === answer.length) return { path, ...scored };
  throw new RangeError(`${scored.rows} rows of logits came for an answer of ${answer.length} tokens`);
}

function requireSamePrompt(
  { question, prompt }: ReferenceAnswer,
  own: readonly number[],
  title: string,
  referenceTitle: string,
): void {
  if (hashOfIds(own) === hashOfIds(prompt)) return;
  const differs = prompt.findIndex((id, i) => id !== own[i]);
  throw new UserError(
    `${title} makes ${own.length} token ids of "${question.question}", ${referenceTitle} ${prompt.length}; the first difference is at ${differs === -1 ? prompt.length : differs}`,
    { remedy: 'Tokenizer or chat template differ: compare files of one and the same model.' },
  );
}
