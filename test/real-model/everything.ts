/** All that a real model is asked in one load of an engine: answers and logits, a text, tasks, a conversation. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { lastOf, recordsOf } from '../../scripts/results/run.ts';
import type { RunContext } from '../../scripts/run/run-plan.ts';
import type { TaskItemRecord } from '../../scripts/workloads/accuracy/records.ts';
import { arithmetic } from '../../scripts/workloads/accuracy/tasks/arithmetic.ts';
import { prepareTasks } from '../../scripts/workloads/accuracy/tasks/registry.ts';
import { reverseText } from '../../scripts/workloads/accuracy/tasks/reverse-text.ts';
import { accuracy } from '../../scripts/workloads/accuracy/workload.ts';
import { ChatSession } from '../../scripts/workloads/chat/workload.ts';
import type { Reference as ReferenceAnswers } from '../../scripts/workloads/parity/parity-workload.ts';
import { answersCompared, type Judged } from '../../scripts/workloads/parity/workload.ts';
import type { Reference as ReferenceText } from '../../scripts/workloads/perplexity/likelihood-workload.ts';
import { defaultTextFile, readText } from '../../scripts/workloads/perplexity/text.ts';
import { type Scored, textScored } from '../../scripts/workloads/perplexity/workload.ts';
import { defaultQuestionsFile, readQuestions } from '../../scripts/workloads/questions/questions.ts';
import type { AnswerRecord } from '../../scripts/workloads/questions/records.ts';
import type { Comparison } from '../../scripts/workloads/reference/pass.ts';

interface References {
  answers: ReferenceAnswers;
  text: ReferenceText;
}

export interface Everything {
  answers: Judged;
  text: Scored;
  items: readonly TaskItemRecord[];
  /** Format of the activations, as the engine reads it back. */
  activations: string | null;
  /** Answers of the conversation, oldest first. */
  said: readonly AnswerRecord[];
}

const seed = 42;
/** Few and short: every framework does it in each run of the tests. */
export const questionsOfParity = 3;
const itemsOfTask = 1;
const maxTokens = 16;
const scoredText = { chunkTokens: 96, chunks: 1 };

/** The second cannot be understood without the first. */
const conversation = ['What is the capital of France?', 'And what is the capital of Italy?'];

export async function everythingCompared(): Promise<Comparison<References, Everything>> {
  const questionSet = await readQuestions(defaultQuestionsFile);
  const answers = answersCompared({ questionSet, parityQuestions: questionsOfParity, maxTokens });
  const text = textScored({ text: await readText(defaultTextFile), ...scoredText });
  const tasks = await prepareTasks([arithmetic(1), reverseText(1)], { seed, count: itemsOfTask }, maxTokens);

  /** By uuid of the run. The log is that of a parity run, in which lines of other workloads would be faults. */
  const beside = new Map<string, RunRecord[]>();
  const besideTheLog = (context: RunContext): RunContext => {
    const kept = beside.get(context.header.uuid) ?? [];
    beside.set(context.header.uuid, kept);
    return { ...context, write: (...records) => void kept.push(...records) };
  };

  const answerAndTalk = async (context: RunContext) => {
    await accuracy.run(context, { tasks, items: itemsOfTask, maxTokens, temperature: 0 });
    const session = new ChatSession(context, { system: null, maxTokens, temperature: 0 });
    for (const question of conversation) await session.say(question);
  };
  return {
    stage: answers.stage,
    run(model, reference) {
      const [answering, scoring] = [answers.run(model, reference), text.run(model, reference)];
      return {
        neededTokens: Math.max(answering.neededTokens, scoring.neededTokens),
        planned: answering.planned,
        async asReference(context, folder, note, onStep) {
          const references = {
            answers: await answering.asReference(context, folder, note, onStep),
            text: await scoring.asReference(besideTheLog(context), folder, note, onStep),
          };
          await answerAndTalk(besideTheLog(context));
          return references;
        },
        async against(context, folder, references, onStep) {
          await answering.against(context, folder, references.answers, onStep);
          await scoring.against(besideTheLog(context), folder, references.text, onStep);
          await answerAndTalk(besideTheLog(context));
        },
        alone: answering.alone,
      };
    },
    result(run, reference) {
      const others = { ...run, records: beside.get(run.header.uuid) ?? [] };
      const [judged, scored] = [answers.result(run, reference), text.result(others, reference)];
      if (judged === undefined || scored === undefined) return undefined;
      const activations = lastOf(run, 'effective')?.settings.activations ?? null;
      const [items, said] = [recordsOf(others, 'task_item'), recordsOf(others, 'answer')];
      return { answers: judged, text: scored, items, activations: activations?.toString() ?? null, said };
    },
  };
}
