/** A chat: a person asks, or a script that streams answers; every answer is timed and logged like those of a benchmark. */
import type { RunContext } from '../../run/run-plan.ts';
import { summaryOf } from '../questions/workload.ts';
import type { EngineWorkload } from '../workload.ts';

export interface ChatPlan {
  system: string | null;
  maxTokens: number;
  temperature: number;
  /** Asks, until there is nothing more to ask. */
  talk(context: RunContext): Promise<void>;
}

export const chat: EngineWorkload<ChatPlan> = {
  name: 'chat',
  title: 'chat',
  timesAnswers: false,
  requested: ({ maxTokens, temperature, system }) => ({ maxTokens, temperature, system }),
  run: (context, { talk }) => talk(context),
  summary: summaryOf,
};
