/** Every task that needs no file of one's own, one line each, in the order in which they are run. */
import { exitCodes, UserError } from '../../../command-line/errors.ts';
import { withSuggestion } from '../../../command-line/options.ts';
import { arithmetic } from './arithmetic.ts';
import { multipleChoice } from './multiple-choice.ts';
import { questionsTask } from './questions.ts';
import { reverseText } from './reverse-text.ts';
import type { Task } from './task.ts';
import { wordGame } from './word-game.ts';

/** @param questionsFile of the task that asks predefined questions */
export function tasks(questionsFile: string): Task[] {
  return [questionsTask(questionsFile), arithmetic(1), reverseText(1), multipleChoice, wordGame];
}

/**
 * @param name `arithmetic`, or with a level of difficulty `arithmetic:3`
 * @throws UserError when there is no such task or level
 */
export function taskNamed(name: string, all: readonly Task[]): Task {
  const [plain = '', level, ...more] = name.split(':');
  const task = all.find((each) => each.name === plain);
  if (task === undefined || more.length > 0) {
    throw usage(
      withSuggestion(
        `there is no task "${name}"`,
        plain,
        all.map((each) => each.name),
      ),
      `Tasks: ${all.map((each) => each.name).join(', ')}. A file of pairs is given with --data FILE.jsonl.`,
    );
  }
  if (level === undefined) return task;
  const { levels } = task;
  if (levels === undefined) throw usage(`the task ${plain} has no levels`, `Write --tasks ${plain}.`);
  const wanted = Number(level);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > levels.count) {
    throw usage(`the task ${plain} has no level "${level}"`, `Its levels are 1 to ${levels.count}.`);
  }
  return levels.at(wanted);
}

function usage(message: string, remedy: string): UserError {
  return new UserError(message, { exitCode: exitCodes.usage, remedy });
}
