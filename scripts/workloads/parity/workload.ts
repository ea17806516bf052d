/** Parity: greedy answers and logits, compared with those of a reference. */
import type { RunContext } from '../../run/run-plan.ts';
import type { EngineWorkload } from '../workload.ts';
import type { ParityExtent } from './parity-extent.ts';

export interface ParityPlan extends ParityExtent {
  /** What was asked for as reference: `<framework>:<format>`. */
  reference: string;
  /** Answers as the reference, or is compared with it. */
  work(context: RunContext): Promise<void>;
}

export const parity: EngineWorkload<ParityPlan> = {
  name: 'parity',
  title: 'parity',
  followsRuns: true,
  requested: ({ maxTokens, reference }) => ({ maxTokens, temperature: 0, reference }),
  asks: (plan) => plan.questions,
  run: (context, { work }) => work(context),
};
