/** The question file of a recorded run, known by its hash. */
import { existsSync } from 'node:fs';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Header } from '../../log/run-log-format.ts';
import { defaultQuestionsFile, type QuestionSet, readQuestions } from '../../workloads/questions/questions.ts';
import { recordedOption } from './recorded-options.ts';

export interface FoundQuestions {
  /** As --questions takes it; undefined for the predefined ones. */
  file: string | undefined;
  set: QuestionSet;
}

/**
 * @param given a path of the person's, for a file that has moved
 * @throws UserError when no file has the recorded hash: other questions would be another workload
 */
export async function recordedQuestions({ questions, command }: Header, given?: string): Promise<FoundQuestions> {
  const candidates = [given, undefined, recordedOption(command, 'questions')].filter(
    (file, i) => i === 1 || (file !== undefined && existsSync(file)),
  );
  for (const file of candidates) {
    const set = await readQuestions(file ?? defaultQuestionsFile);
    if (set.sha256 === questions?.sha256) return { file, set };
  }
  throw new UserError(`no question file here is the recorded ${questions?.file ?? 'one'}`, {
    exitCode: exitCodes.missing,
    remedy: `Name it with --questions FILE; its sha256 is ${questions?.sha256.slice(0, 16) ?? 'not recorded'}…`,
  });
}
