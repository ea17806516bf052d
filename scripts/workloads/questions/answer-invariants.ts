/** What must hold for a single answer: its tokens are those before it, and it keeps within what was asked for. */
import { arrivalsOf, resolutionNsOf } from '../../log/figures/arrivals.ts';
import type { Header } from '../../log/run-log-format.ts';
import { askedNumber, type Faults, type LogWatch } from '../../results/invariants/log-watch.ts';
import { type AnswerRecord, judgeAnswer, type TokenRecord } from './records.ts';

/** Tokens stand before their answer, each behind the one that it follows. */
export function watchTokens(): LogWatch {
  /** Tokens of the answer that is being read, which its record will close. */
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
  const maxTokens = askedNumber(header, 'maxTokens') ?? Number.POSITIVE_INFINITY;
  const mostPositions = positionsOf(header);
  const questionOf = new Map<string, string>();
  let contextTokens = Number.POSITIVE_INFINITY;

  const boundFaults = (answer: AnswerRecord): Faults => {
    const name = `answer ${answer.answer}`;
    const { tokens, promptTokens, stop, served, question } = answer;
    const before = questionOf.get(answer.promptTokensSha256) ?? question;
    questionOf.set(answer.promptTokensSha256, before);
    const length = `${promptTokens} prompt tokens and ${tokens} of the answer`;
    const isFull = contextTokens === Number.POSITIVE_INFINITY || promptTokens + tokens + 1 >= contextTokens;
    const isCut = !isChat && stop === 'length' && tokens < maxTokens && maxTokens !== Number.POSITIVE_INFINITY;
    return [
      before === question || isChat ? null : `${name}: another question has the same prompt before it`,
      sha256.test(answer.promptTokensSha256) ? null : `${name}: the sha256 of its prompt is no sha256`,
      // A server goes by limits and counts of its own.
      ...(served !== undefined
        ? []
        : [
            promptTokens + tokens <= mostPositions + 1
              ? null
              : `${name}: ${length}, of a model of ${header.model.contextLength} positions`,
            promptTokens > 0 ? null : `${name} has no prompt`,
            tokens <= maxTokens ? null : `${name} has ${tokens} tokens of at most ${maxTokens}`,
            // The last token is not evaluated, and needs no place.
            promptTokens + tokens <= contextTokens + 1 ? null : `${name}: ${length}, in a context of ${contextTokens}`,
            isCut && !isFull ? `${name} was cut after ${tokens} tokens, of ${maxTokens} that were asked for` : null,
          ]),
    ];
  };

  return {
    record(record) {
      if (record.type === 'effective')
        contextTokens = askedNumber({ requested: record.settings }, 'contextTokens') ?? Number.POSITIVE_INFINITY;
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
  const { startNs, submitNs, served, stop, firstTokenNs, lastTokenNs } = answer;
  const isWhole = tokens.length === answer.tokens;
  const promptTokens = served?.promptTokens ?? answer.promptTokens;
  // Of a server's tokens some cannot be named.
  const nameless = tokens.find(({ id }) => id < (served === undefined ? 0 : -1));
  const texts = tokens.map(({ text }) => text);
  const written = texts.join('').trim();
  const correct = judgeAnswer(answer.text, answer.expected, stop);
  const hasInstants = firstTokenNs !== undefined && lastTokenNs !== undefined;
  const faults: Array<string | false> = [
    !isWhole && `claims ${answer.tokens} tokens, but ${tokens.length} are logged before it`,
    answer.cachedPromptTokens > promptTokens &&
      `has more cached prompt tokens (${answer.cachedPromptTokens}) than prompt tokens (${promptTokens})`,
    nameless !== undefined && `has a step ${nameless.step} with the token id ${nameless.id}`,
    startNs > submitNs && 'was submitted before it started',
    startNs <= submitNs &&
      !isPrepared(answer) &&
      `starts ${submitNs - startNs} ns before its submission, and template and tokenisation took ${answer.templateNs + answer.tokenizeNs} ns`,
    isWhole && written !== answer.text.trim() && `is ${quoted(answer.text)}, but its tokens are ${quoted(written)}`,
    answer.correct !== correct && `is ${judged(answer.correct)}, but ${quoted(answer.text)} is ${judged(correct)}`,
    answer.tokens > 0 && !hasInstants && 'has tokens, but not the instants of the first and the last',
    ...(hasInstants ? instantFaults(answer, tokens, { firstTokenNs, lastTokenNs }) : []),
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `answer ${answer.answer} ${fault}`);
}

function instantFaults(
  answer: AnswerRecord,
  tokens: readonly TokenRecord[],
  { firstTokenNs, lastTokenNs }: { firstTokenNs: number; lastTokenNs: number },
): Array<string | false> {
  const { startNs, submitNs, promptEvaluatedNs: evaluatedNs, arrivals: claimed, firstArrivalTokens } = answer;
  const early = tokens.find(({ atNs }) => atNs < submitNs);
  const instants = tokens.map(({ atNs }) => atNs);
  const found = arrivalsOf(instants, resolutionNsOf(answer));
  const isOther = claimed !== found.arrivals || firstArrivalTokens !== found.firstArrivalTokens;
  return [
    !(firstTokenNs > startNs) && `has a time to first token of ${firstTokenNs - startNs} ns, not above 0`,
    firstTokenNs > lastTokenNs && 'has a time to first token longer than end to end',
    evaluatedNs !== undefined &&
      (evaluatedNs < submitNs || evaluatedNs > firstTokenNs) &&
      'has a prompt that was evaluated outside of submission and first token',
    early !== undefined &&
      `has a step ${early.step} that came ${submitNs - early.atNs} ns before the prompt was submitted`,
    claimed !== undefined &&
      firstArrivalTokens !== undefined &&
      (claimed < 1 || firstArrivalTokens < 1 || claimed + firstArrivalTokens - 1 > answer.tokens) &&
      `has ${answer.tokens} tokens in ${claimed} arrivals, ${firstArrivalTokens} in the first`,
    answer.tokens === 0 && 'has the instants of its first and last token, and no token',
    claimed !== undefined &&
      tokens.length === answer.tokens &&
      isOther &&
      `claims ${claimed} arrivals, ${firstArrivalTokens ?? 0} tokens in the first, and its tokens make ${found.arrivals} and ${found.firstArrivalTokens}`,
    tokens.length > 0 && gapFault(firstTokenNs, lastTokenNs, tokens),
  ];
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
function gapFault(firstTokenNs: number, lastTokenNs: number, tokens: readonly TokenRecord[]): string | false {
  const isAt = (token: TokenRecord | undefined, atNs: number) =>
    token !== undefined && Math.abs(token.atNs - atNs) <= roundingNs;
  const [first, last] = [tokens.at(0), tokens.at(-1)];
  // Logs of other writers may have t1 at the first token that is not empty.
  const withText = tokens.find(({ text }) => text !== '');
  if ((isAt(first, firstTokenNs) || isAt(withText, firstTokenNs)) && isAt(last, lastTokenNs)) return false;
  const gapsNs = (last?.atNs ?? 0) - (first?.atNs ?? 0);
  return `has gaps between its tokens that sum to ${gapsNs} ns, but tn - t1 is ${lastTokenNs - firstTokenNs} ns`;
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
