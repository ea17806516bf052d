/** The predefined questions, checked, and the order in which a run asks them. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { parseJson, readText } from '../../command-line/files/text-file.ts';
import type { ChatMessage } from '../../models/chat-template/chat-template.ts';

export const defaultQuestionsFile = fileURLToPath(new URL('../../../configs/questions.json', import.meta.url));

const questionSchema = z.object({
  id: z.string().min(1),
  question: z.string().min(1),
  answer: z.string().nullable().default(null),
});
export type Question = z.infer<typeof questionSchema>;

const fileSchema = z.object({
  system: z.string().nullable().default(null),
  questions: z.array(questionSchema).min(1),
});

export interface QuestionSet {
  file: string;
  /** As typed; absent for the predefined ones. */
  path?: string;
  sha256: string;
  system: string | null;
  questions: readonly Question[];
}

/** @param path absent: the predefined questions @throws UserError when the file is missing, not JSON, or not of the form of configs/questions.json */
export async function readQuestions(path: string = defaultQuestionsFile): Promise<QuestionSet> {
  const text = readText(path, 'reading the questions', textLimits.questions);
  const parsed = fileSchema.safeParse(parsedQuestions(text, path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(
      `${path}: ${issue?.path.join('.') ?? 'the file'}: ${issue?.message ?? 'is not a question file'}`,
      {
        exitCode: exitCodes.usage,
        remedy: 'A question file looks like configs/questions.json: {"questions": [{"id", "question", "answer"}]}.',
      },
    );
  }
  const ids = parsed.data.questions.map(({ id }) => id);
  const seen = new Set<string>();
  const twice = ids.find((id) => seen.size === seen.add(id).size);
  if (twice !== undefined) {
    throw new UserError(`${path}: the id "${twice}" occurs twice`, { exitCode: exitCodes.usage });
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { file: basename(path), ...(path === defaultQuestionsFile ? {} : { path }), sha256, ...parsed.data };
}

function parsedQuestions(text: string, path: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${oneLine(cause)}`, {
      cause,
      exitCode: exitCodes.usage,
      remedy: 'See configs/questions.json.',
    });
  }
}

/** A question as the first message of a new chat. */
export function messagesOf({ system }: QuestionSet, { question }: Question): ChatMessage[] {
  return [
    ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: question },
  ];
}
