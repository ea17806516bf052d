/** What must hold of a single answer: its tokens are those before it, and it keeps within what was asked for. */

import { arrivalsOf, resolutionNsOf } from '../../log/figures/arrivals.ts';
import { askedNumber, type Faults, type LogWatch } from '../../log/invariants/log-watch.ts';
import type { Header } from '../../log/run-log-format.ts';
import { type AnswerRecord, judgeAnswer, type TokenRecord } from './records.ts';

/** Tokens stand before their answer, each behind the one that it follows. */
export function watchTokens(): LogWatch {
  /** Those of the answer that is being read, which its record will close. */
  let tokens: TokenRecord[] = [];
  return {
    token(token) {
      const [first] = tokens;
      if (first === undefined || first.answer === token.answer) {
        const fault = tokenFault(token, tokens.at(-1));
        tokens.push(token);
        return [fault];
      }
      const lost = `answer ${first.answer} has ${tokens.length} tokens, but no answer line`;
      tokens = [token];
      return [lost, tokenFault(token, undefined)];
    },
    record(record) {
      if (record.type !== 'answer') return [];
      const own = tokens.filter(({ answer }) => answer === record.answer);
      tokens = [];
      return answerFaults(record, own);
    },
    end: () => [],
  };
}

/** @param isChat a conversation has the same question in several prompts, and ends by itself */
export function watchAnswerBounds(header: Header, isChat: boolean): LogWatch {
  const maxTokens = askedNumber(header, 'maxTokens');
  const mostPositions = positionsOf(header);
  const questionOf = new Map<string, string>();
  let contextTokens: number | undefined;

  const boundFaults = (answer: AnswerRecord): Faults => {
    const name = `answer ${answer.answer}`;
    const { tokens, promptTokens, stop, served, question } = answer;
    const before = questionOf.get(answer.promptTokensSha256) ?? question;
    questionOf.set(answer.promptTokensSha256, before);
    const prompt = before === question || isChat ? null : `${name}: another question has the same prompt before it`;
    const hash = sha256.test(answer.promptTokensSha256) ? null : `${name}: the sha256 of its prompt is no sha256`;
    // A server goes by limits and counts of its own.
    if (served !== undefined) return [prompt, hash];
    const isCut = stop === 'length' && maxTokens !== undefined && tokens < maxTokens;
    const isFull = contextTokens === undefined || promptTokens + tokens + 1 >= contextTokens;
    return [
      prompt,
      hash,
      promptTokens + tokens > mostPositions + 1
        ? `${name}: ${promptTokens} prompt tokens and ${tokens} of the answer, of a model of ${header.model.contextLength} positions`
        : null,
      promptTokens > 0 ? null : `${name} has no prompt`,
      maxTokens !== undefined && tokens > maxTokens ? `${name} has ${tokens} tokens of at most ${maxTokens}` : null,
      // The last token is not evaluated, and needs no place.
      contextTokens !== undefined && promptTokens + tokens > contextTokens + 1
        ? `${name}: ${promptTokens} prompt tokens and ${tokens} of the answer, in a context of ${contextTokens}`
        : null,
      !isChat && isCut && !isFull
        ? `${name} was cut after ${tokens} tokens, of ${maxTokens} that were asked for`
        : null,
    ];
  };

  return {
    record(record) {
      if (record.type === 'effective') contextTokens = askedNumber({ requested: record.settings }, 'contextTokens');
      return record.type === 'answer' ? boundFaults(record) : [];
    },
    end: () => [],
  };
}

const sha256 = /^[0-9a-f]{64}$/;

/** Engines round a context up. */
const contextStep = 256;

/** Positions that a run may use: those of the model, unless more were asked for; without a bound where none is known. */
function positionsOf(header: Header): number {
  const { model } = header;
  const asked = askedNumber(header, 'contextTokens') ?? Number.POSITIVE_INFINITY;
  if (model.contextLength === 0 || asked > model.contextLength) return Number.POSITIVE_INFINITY;
  return Math.ceil(model.contextLength / contextStep) * contextStep;
}

/** Instants are whole nanoseconds; a browser's are fractions that were scaled. */
const roundingNs = 1;

/** Faults of one answer and the tokens that were logged for it. */
function answerFaults(answer: AnswerRecord, tokens: readonly TokenRecord[]): string[] {
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
function tokenFault(token: TokenRecord, previous: TokenRecord | undefined): string | null {
  const step = previous === undefined ? 0 : previous.step + 1;
  if (token.step !== step) return `answer ${token.answer}: step ${token.step} stands where step ${step} belongs`;
  if (previous !== undefined && !(token.atNs >= previous.atNs)) {
    return `answer ${token.answer}: step ${token.step} came ${previous.atNs - token.atNs} ns before the step it follows`;
  }
  return null;
}
