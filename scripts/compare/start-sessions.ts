/** The two comparisons of `npm start`: the embedded model shows whether everything works, a model of real shape who is how fast. */
import { milliseconds } from '../command-line/format.ts';
import { shellLine, startWords } from '../command-line/shell-line.ts';
import { paint } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import { runSession, type SessionResult } from './session.ts';
import { sessionOptions, sessionProgram } from './session-options.ts';
import { planText, type SessionPlan } from './session-plan.ts';
import { answersWords, longestRunMs, speedWords } from './start-plan.ts';
import type { StartStage } from './start-stage.ts';

/** One run of each framework, on questions whose answers are known. */
export async function askEmbeddedModel(
  { output, line, vocabularies, signal }: StartStage,
  working: readonly Framework[],
): Promise<SessionResult> {
  line.stage('asking the embedded model');
  const options = optionsOf(answersWords({ output }), working);
  return runSession({ ...options, vocabularies, onPlan: () => {} }, line, signal);
}

/**
 * @param iterations rounds, however long they take; absent: as many as end in time
 * @param budgetSeconds for all of `npm start`; null: as long as it takes
 */
export async function measureSpeed(
  { output, line, tell, time, vocabularies, signal }: StartStage,
  working: readonly Framework[],
  { iterations, budgetSeconds }: { iterations: number | undefined; budgetSeconds: number | null },
): Promise<SessionResult> {
  tell(`\n${paint('bold', 'Speed')} of a model with random weights in the shape of a real one`);
  const asked = { output, ...(iterations === undefined ? {} : { iterations }) };
  const onPlan = (plan: SessionPlan) => {
    const { rounds, minSeconds, runs, expectedMs } = plan;
    if (expectedMs !== null) time.planned({ runs, rounds, expectedMs });
    const leftMs = time.leftMs({ done: 0, total: runs });
    const ends = leftMs === null ? '' : ` The report should be there in ${milliseconds(leftMs)}.`;
    tell(`${planText(plan, iterations === undefined && rounds > fewestForVerdict)}${ends}`);
    const same = speedWords({ ...asked, iterations: rounds, ...(minSeconds === null ? {} : { minSeconds }) });
    tell(`This comparison by itself: ${shellLine([...startWords('scripts/benchmark.ts'), ...same])}`);
  };
  line.stage('making the model');
  return runSession(
    {
      ...optionsOf(speedWords(asked), working),
      vocabularies,
      endsAtMs: time.roundsEndAtMs,
      longestRunMs: budgetSeconds === null ? undefined : longestRunMs(budgetSeconds),
      onPlan,
    },
    line,
    signal,
  );
}

function optionsOf(words: readonly string[], working: readonly Framework[]) {
  return sessionOptions(sessionProgram().parse(words, { from: 'user' }).opts(), working);
}
