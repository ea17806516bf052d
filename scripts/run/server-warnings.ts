/** What a server counts, and how it sends, may not be what is measured elsewhere. */
import { counted } from '../command-line/format.ts';
import { type RunRecord, type WarningRecord, warning } from '../log/run-log-format.ts';
import { isHeldBack, runRates } from '../results/figures/metrics.ts';
import type { AnswerRecord } from '../workloads/questions/records.ts';

/** Arrivals that fall together now and then are the client's; more are the server's way to send. */
const noticeableShare = 0.01;

/** @param answers that were measured */
export function serverWarnings(records: readonly RunRecord[], answers: readonly AnswerRecord[]): WarningRecord[] {
  const served = answers.filter((answer) => answer.served !== undefined);
  const requested = records.find((record) => record.type === 'header')?.requested ?? {};
  const others = served.filter(
    ({ promptTokens, served: said }) => said?.promptTokens != null && said.promptTokens !== promptTokens,
  ).length;
  const cached = served.reduce((sum, { cachedPromptTokens }) => sum + cachedPromptTokens, 0);
  const unnamed = records.some((record) => record.type === 'token' && record.id < 0);
  return [
    ...chunkWarnings(served),
    ...heldBackWarnings(answers),
    ...(unnamed
      ? [
          warning(
            'token_counts_differ',
            "the server counts other tokens in its answers than our tokenizer finds; its count was taken, and the model's file may be another",
          ),
        ]
      : []),
    ...(others > 0
      ? [
          warning(
            'prompts_differ',
            `the server counts other prompt tokens than our template gives in ${others} of ${served.length} answers`,
          ),
        ]
      : []),
    ...(cached > 0 ? [cachedWarning(cached)] : []),
    ...lengthWarnings([...served, ...taskAnswers(records)], limitsOf(records, requested)),
  ];
}

/** How long answers should have been; null where nobody said. */
interface Limits {
  maxTokens: number | null;
  ignoreEndOfSequence: boolean;
}

/** A server may take no notice of what it was asked for: its answers are not those of the others then. */
export function lengthWarnings(
  answers: ReadonlyArray<Pick<AnswerRecord, 'tokens'> & { stop: AnswerRecord['stop'] | null }>,
  { maxTokens, ignoreEndOfSequence }: Limits,
): WarningRecord[] {
  if (maxTokens === null || answers.length === 0) return [];
  const longer = answers.filter(({ tokens }) => tokens > maxTokens);
  const ended = answers.filter(({ tokens, stop }) => ignoreEndOfSequence && stop === 'end' && tokens < maxTokens);
  return [
    ...(longer.length > 0
      ? [
          warning(
            'max_tokens_ignored',
            `${longer.length} of ${answers.length} answers have more tokens than --max-tokens ${maxTokens}, up to ${Math.max(...longer.map(({ tokens }) => tokens))}: the server ignores the limit, or counts otherwise; its answers are not as long as those of others`,
          ),
        ]
      : []),
    ...(ended.length > 0
      ? [
          warning(
            'end_not_ignored',
            `${ended.length} of ${answers.length} answers ended before --max-tokens ${maxTokens}, the shortest with ${Math.min(...ended.map(({ tokens }) => tokens))} tokens: the server ignores --ignore-eos`,
          ),
        ]
      : []),
  ];
}

export function limitsOf(records: readonly RunRecord[], requested: Record<string, unknown>): Limits {
  const task = records.find((record) => record.type === 'task');
  const { maxTokens = task?.maxTokens, ignoreEndOfSequence } = requested;
  return {
    maxTokens: typeof maxTokens === 'number' ? maxTokens : null,
    ignoreEndOfSequence: ignoreEndOfSequence === true,
  };
}

function taskAnswers(records: readonly RunRecord[]) {
  return records.flatMap((record) =>
    record.type === 'task_item' ? record.answers.filter(({ served }) => served) : [],
  );
}

function chunkWarnings(served: readonly AnswerRecord[]): WarningRecord[] {
  const sum = (pick: (answer: AnswerRecord) => number) => served.reduce((total, answer) => total + pick(answer), 0);
  const [tokens, pieces] = [sum((answer) => answer.tokens), sum((answer) => answer.served?.chunks ?? 0)];
  const arrivals = sum((answer) => answer.arrivals ?? answer.tokens);
  return pieces < tokens || arrivals < (1 - noticeableShare) * tokens
    ? [chunkWarning(tokens, Math.min(pieces, arrivals))]
    : [];
}

export function chunkWarning(tokens: number, pieces: number): WarningRecord {
  return warning(
    'several_tokens_per_chunk',
    `${counted(tokens, 'tokens')} came in ${counted(pieces, 'pieces')}: gaps are between pieces (inter-chunk), not between tokens`,
  );
}

function heldBackWarnings(answers: readonly AnswerRecord[]): WarningRecord[] {
  const held = answers.filter(isHeldBack);
  if (held.length === 0) return [];
  const tokens = held.reduce((sum, answer) => sum + answer.tokens, 0);
  const arrivals = held.reduce((sum, answer) => sum + (answer.arrivals ?? answer.tokens), 0);
  const runs = runRates(answers).decodeTokensPerSecond === null ? ', and the run has none' : '';
  return [heldBackWarning(`${held.length} of ${answers.length}`, tokens, arrivals, runs)];
}

/** @param which '3 of 12' @param more what follows for the run */
export function heldBackWarning(which: string, tokens: number, arrivals: number, more = ''): WarningRecord {
  return warning(
    'held_back',
    `${which} answers came in too few pieces, or too fast after one another, to tell how fast their tokens were made (${counted(tokens, 'tokens')} at ${arrivals} instants): they have no TPOT and no decode rate${more}; let the server and any proxy send each token at once, give the client processor time, or ask for longer answers with --max-tokens N`,
  );
}

export function cachedWarning(cached: number): WarningRecord {
  return warning('cached_prompts', `the server had ${cached} prompt tokens in its cache: its TTFT is not a cold one`);
}
