/**
 * How probable the model finds each token of an answer, and of its prompt where that is echoed: one more evaluation of the whole
 * text, after the answer, so that nothing is added between two tokens that are timed.
 */
import type { Engine } from '../engine/engine.ts';
import type { EngineSlot } from '../engine/pool/slots.ts';
import type { LikelihoodRequest, Likelihoods } from '../frameworks/framework.ts';
import { rowLikelihood } from '../frameworks/log-likelihood.ts';
import type { Loaded } from '../frameworks/messages.ts';
import { openLogitRows, ReferenceFolder } from '../workloads/reference/reference-folder.ts';
import type { Written } from './generation.ts';

export interface TokenLikelihood {
  /** Empty for a token within a character, whose text comes with the token that completes it. */
  text: string;
  /** Natural logarithm of its probability; null for the first token of a prompt, which nothing predicts. */
  logProbability: number | null;
  /** As many of the most probable tokens as were asked for, best first; null where the logarithm is. */
  alternatives: readonly Alternative[] | null;
}

interface Alternative {
  text: string;
  logProbability: number;
}

/** Whether an engine can tell probabilities of tokens: by itself, or by the logits that it shows. */
export function reportsLikelihoods({ abilities }: Loaded): boolean {
  return abilities.likelihoods || abilities.score;
}

/**
 * One entry for each token of the prompt, where it is echoed, and of the answer. With `end` also one for the token that ended
 * the answer, which has no place in its text.
 * @param alternatives how many of the most probable tokens are wanted for each
 */
export async function tokenLikelihoods(
  slot: EngineSlot,
  { prompt, echoed, ids, pieces, endToken }: Written,
  { alternatives, end }: { alternatives: number; end: boolean },
  texts: TokenTexts,
): Promise<TokenLikelihood[]> {
  const { engine } = slot;
  const last = end && endToken !== undefined ? [endToken] : [];
  const tokens = [...prompt, ...ids, ...last];
  const first = echoed === undefined ? prompt.length : 0;
  const from = Math.max(1, first);
  const found = tokens.length > from ? await likelihoodsOf(slot, { tokens, from, ...topOf(alternatives) }) : nothing;
  const others = found.top ?? [];
  await texts.learn(engine, [...last, ...others.flatMap((row) => row.map(([id]) => id))]);
  const own = [...(echoed ?? []), ...pieces, ...last.map((id) => texts.of(id))];
  const entries = found.logProbabilities.map((logProbability, i): TokenLikelihood => {
    const token = tokens[from + i];
    const text = own[from - first + i] ?? '';
    const best = others[i] ?? [];
    return {
      text,
      // Where it is among the most probable, the same number: clients compare the two to tell whether it is the first.
      logProbability: finite(best.find(([id]) => id === token)?.[1] ?? logProbability),
      alternatives: best.map(([id, value]) => ({
        text: id === token ? text : texts.of(id),
        logProbability: finite(value),
      })),
    };
  });
  const unpredicted = first === 0 && tokens.length > 0;
  return unpredicted ? [{ text: own[0] ?? '', logProbability: null, alternatives: null }, ...entries] : entries;
}

const nothing: Likelihoods = { logProbabilities: [], mostProbable: [] };

function topOf(alternatives: number): Pick<LikelihoodRequest, 'top'> {
  return alternatives > 0 ? { top: alternatives } : {};
}

/** From the engine itself, or else from its logits, which wait in a temporary file. */
async function likelihoodsOf({ engine, loaded }: EngineSlot, request: LikelihoodRequest): Promise<Likelihoods> {
  if (loaded.abilities.likelihoods) return engine.likelihoods(request);
  const { tokens, from, top = 0 } = request;
  using folder = new ReferenceFolder();
  const path = folder.file('answer');
  await using rows = await openLogitRows(path, await engine.score({ tokens, from, path }));
  const found = [];
  for (const [i, token] of tokens.slice(from).entries()) found.push(rowLikelihood(await rows.read(i), token, top));
  return {
    logProbabilities: found.map(({ logProbability }) => logProbability),
    mostProbable: found.map(({ mostProbable }) => mostProbable),
    top: found.map((row) => row.top),
  };
}

/** What OpenAI writes for a token that is as good as impossible: JSON has no infinity. */
const impossible = -9999;

/** @throws RangeError for an engine that computes nonsense */
function finite(logProbability: number): number {
  if (Number.isNaN(logProbability)) throw new RangeError('the engine computed a log-probability that is not a number');
  return Math.max(impossible, logProbability);
}

/** Text of single tokens, each asked for once. */
export class TokenTexts {
  readonly #texts = new Map<number, string>();

  /** Text of a token that was learned before, as it stands in the middle of a text; U+FFFD for a part of a character. */
  of(id: number): string {
    return this.#texts.get(id) ?? '';
  }

  async learn(engine: Engine, ids: readonly number[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#texts.has(id));
    if (unknown.length === 0) return;
    // Some tokenizers drop the space before the first word of a text, and bytes of one token would join those of the next.
    const before = (await engine.tokenize('a')).ids.slice(-1);
    const pieces = await engine.detokenize(
      unknown.flatMap((id) => [...before, id]),
      true,
    );
    const stride = before.length + 1;
    for (const [i, id] of unknown.entries()) this.#texts.set(id, pieces[i * stride + before.length] || '\uFFFD');
  }
}
