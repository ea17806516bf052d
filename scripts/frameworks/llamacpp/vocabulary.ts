/** llama.cpp's tokenizer without the weights, for frameworks that have none of their own. */
import type { LoadRequest, Vocabulary } from '../framework.ts';
import { explained } from './explained.ts';
import { startLlama, versionOf } from './llama.ts';
import { isToken, tokenize, tokenPieces } from './tokens.ts';

export async function loadVocabulary({
  modelPath,
  span,
}: Pick<LoadRequest, 'modelPath' | 'span'>): Promise<Vocabulary> {
  const llama = await startLlama('cpu');
  const model = await span('tokenizer_load', () =>
    explained('load the vocabulary', () => llama.loadModel({ modelPath, vocabOnly: true })),
  );
  return {
    version: versionOf(llama),
    endOfSequence: [...model.iterateAllTokens()].filter((token) => model.isEogToken(token)),
    tokenize: async (text, plain) => tokenize(model, text, plain),
    detokenize: async (tokens) => tokenPieces(model, tokens.filter(isToken)),
    [Symbol.asyncDispose]: () => llama.dispose(),
  };
}
