/** llama.cpp's tokenizer without the weights, for frameworks that have none of their own. */
import type { Vocabulary } from '../framework.ts';
import { explained } from './explained.ts';
import { startLlama } from './llama.ts';
import { isToken, tokenize, tokenPieces } from './tokens.ts';

export async function loadVocabulary(modelPath: string): Promise<Vocabulary> {
  const llama = await startLlama('cpu');
  const model = await explained('load the vocabulary', () => llama.loadModel({ modelPath, vocabOnly: true }));
  return {
    endOfSequence: [...model.iterateAllTokens()].filter((token) => model.isEogToken(token)),
    tokenize: async (text) => tokenize(model, text),
    detokenize: async (tokens) => tokenPieces(model, tokens.filter(isToken)),
    [Symbol.asyncDispose]: () => llama.dispose(),
  };
}
