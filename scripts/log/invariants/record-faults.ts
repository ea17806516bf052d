/** What must hold of single records: tokens and answers, repetitions, batches, memory, spans. */
import { judgeAnswer } from '../answer-judgement.ts';
import { arrivalsOf, resolutionNsOf } from '../figures/arrivals.ts';
import { sinceImport } from '../figures/memory-figures.ts';
import type { AnswerRecord, EmbeddingRecord, KernelRecord, MemoryRecord, TokenRecord } from '../run-log-format.ts';

/** Instants are whole nanoseconds; a browser's are fractions that were scaled. */
const roundingNs = 1;

/** Faults of one answer and the tokens that were logged for it. */
export function answerFaults(answer: AnswerRecord, tokens: readonly TokenRecord[]): string[] {
  const faults: string[] = [];
  const name = `answer ${answer.answer}`;
  const { startNs, submitNs, promptEvaluatedNs, firstTokenNs, lastTokenNs, stop } = answer;
  if (tokens.length !== answer.tokens) {
    faults.push(`${name} claims ${answer.tokens} tokens, but ${tokens.length} are logged before it`);
  }
  const promptTokens = answer.served?.promptTokens ?? answer.promptTokens;
  if (answer.cachedPromptTokens > promptTokens) {
    faults.push(
      `${name} has more cached prompt tokens (${answer.cachedPromptTokens}) than prompt tokens (${promptTokens})`,
    );
  }
  // Of a server's tokens some cannot be named.
  const leastId = answer.served === undefined ? 0 : -1;
  const nameless = tokens.find(({ id }) => id < leastId);
  if (nameless !== undefined) faults.push(`${name}: step ${nameless.step} has the token id ${nameless.id}`);
  if (startNs > submitNs) faults.push(`${name} was submitted before it started`);
  else if (!isPrepared(answer)) {
    faults.push(
      `${name} starts ${submitNs - startNs} ns before its submission, and template and tokenisation took ${answer.templateNs + answer.tokenizeNs} ns`,
    );
  }
  const written = tokens
    .map(({ text }) => text)
    .join('')
    .trim();
  if (tokens.length === answer.tokens && written !== answer.text.trim()) {
    faults.push(`${name} is ${quoted(answer.text)}, but its tokens are ${quoted(written)}`);
  }
  const correct = judgeAnswer(answer.text, answer.expected, stop);
  if (answer.correct !== correct) {
    faults.push(`${name} is ${judged(answer.correct)}, but ${quoted(answer.text)} is ${judged(correct)}`);
  }
  if (answer.tokens > 0 && (firstTokenNs === undefined || lastTokenNs === undefined)) {
    faults.push(`${name} has tokens, but not the instants of the first and the last`);
  }
  if (firstTokenNs === undefined || lastTokenNs === undefined) return faults;
  if (!(firstTokenNs - startNs > 0))
    faults.push(`${name}: time to first token is ${firstTokenNs - startNs} ns, not above 0`);
  if (firstTokenNs > lastTokenNs) faults.push(`${name}: time to first token is longer than end to end`);
  if (promptEvaluatedNs !== undefined && (promptEvaluatedNs < submitNs || promptEvaluatedNs > firstTokenNs)) {
    faults.push(`${name}: its prompt was evaluated outside of submission and first token`);
  }
  const early = tokens.find(({ atNs }) => atNs < submitNs);
  if (early !== undefined) {
    faults.push(`${name}: step ${early.step} came ${submitNs - early.atNs} ns before the prompt was submitted`);
  }
  if (answer.arrivals !== undefined && answer.firstArrivalTokens !== undefined) {
    const { arrivals, firstArrivalTokens } = answer;
    if (arrivals < 1 || firstArrivalTokens < 1 || arrivals + firstArrivalTokens - 1 > answer.tokens) {
      faults.push(`${name} has ${answer.tokens} tokens in ${arrivals} arrivals, ${firstArrivalTokens} in the first`);
    }
  }
  if (answer.tokens === 0) faults.push(`${name} has the instants of its first and last token, and no token`);
  if (tokens.length === answer.tokens && answer.arrivals !== undefined) {
    const { arrivals, firstArrivalTokens } = arrivalsOf(
      tokens.map(({ atNs }) => atNs),
      resolutionNsOf(answer),
    );
    if (answer.arrivals !== arrivals || answer.firstArrivalTokens !== firstArrivalTokens) {
      faults.push(
        `${name} claims ${answer.arrivals} arrivals, ${answer.firstArrivalTokens ?? 0} tokens in the first, and its tokens make ${arrivals} and ${firstArrivalTokens}`,
      );
    }
  }
  if (tokens.length > 0) faults.push(...gapFaults(name, firstTokenNs, lastTokenNs, tokens));
  return faults;
}

/** Template and tokenisation belong to TTFT; a server that was given the conversation has done both itself. */
function isPrepared({ served, startNs, submitNs, templateNs, tokenizeNs }: AnswerRecord): boolean {
  const beforeNs = submitNs - startNs;
  if (served !== undefined && beforeNs === 0) return true;
  return Math.abs(beforeNs - (templateNs + tokenizeNs)) <= roundingNs;
}

function judged(correct: boolean | null): string {
  return correct === null ? 'not judged' : correct ? 'correct' : 'wrong';
}

/** Answers may be long, and of several lines. */
function quoted(text: string): string {
  const short = text.length > quotedCharacters ? `${text.slice(0, quotedCharacters)}…` : text;
  return JSON.stringify(short);
}

const quotedCharacters = 40;

/** The gaps add up to tn - t1 exactly when t1 and tn are instants of logged tokens. */
function gapFaults(name: string, firstTokenNs: number, lastTokenNs: number, tokens: readonly TokenRecord[]): string[] {
  const same = (token: TokenRecord | undefined, atNs: number) =>
    token !== undefined && Math.abs(token.atNs - atNs) <= roundingNs;
  // Logs of other writers may have t1 at the first token that is not empty.
  const withText = tokens.find(({ text }) => text !== '');
  const first = same(tokens[0], firstTokenNs) || same(withText, firstTokenNs);
  if (first && same(tokens.at(-1), lastTokenNs)) return [];
  const gapsNs = (tokens.at(-1)?.atNs ?? 0) - (tokens[0]?.atNs ?? 0);
  return [`${name}: the gaps between its tokens sum to ${gapsNs} ns, but tn - t1 is ${lastTokenNs - firstTokenNs} ns`];
}

/** Fault of a token against the one before it in the same answer. */
export function tokenFault(token: TokenRecord, previous: TokenRecord | undefined): string | null {
  const step = previous === undefined ? 0 : previous.step + 1;
  if (token.step !== step) return `answer ${token.answer}: step ${token.step} stands where step ${step} belongs`;
  if (previous !== undefined && !(token.atNs >= previous.atNs)) {
    return `answer ${token.answer}: step ${token.step} came ${previous.atNs - token.atNs} ns before the step it follows`;
  }
  return null;
}

export function kernelFault(kernel: KernelRecord): string | null {
  if (kernel.durationNs > 0 && kernel.tokens > 0) return null;
  return `${kernel.test} repetition ${kernel.repetition}: ${kernel.tokens} tokens in ${kernel.durationNs} ns`;
}

export function embeddingFault({ batch, texts, tokens, startNs, submitNs, endNs }: EmbeddingRecord): string | null {
  const ordered = startNs <= submitNs && submitNs < endNs;
  if (ordered && texts > 0 && tokens > 0) return null;
  return `batch ${batch}: ${texts} texts of ${tokens} tokens, started at ${startNs}, tokens at ${submitNs}, ended at ${endNs}`;
}

/** The peak is the highest of all readings of load and inference by definition, and its upper bound is no lower. */
export function memoryFault(memory: readonly MemoryRecord[]): string | null {
  const peak = memory.findLast((record) => record.moment === 'peak');
  if (peak === undefined) return null;
  if (peak.atMostBytes !== undefined && peak.atMostBytes < peak.residentBytes) {
    return `peak memory is ${peak.residentBytes} B and at most ${peak.atMostBytes} B`;
  }
  const above = sinceImport(memory).find(
    ({ moment, residentBytes }) => moment !== 'framework' && residentBytes > peak.residentBytes,
  );
  if (above === undefined) return null;
  return `peak memory is ${peak.residentBytes} B, below the ${above.residentBytes} B of "${above.moment}"`;
}
