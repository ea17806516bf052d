/** Checks that texts survive tokenising and detokenising with a model's vocabulary. */
import { oneLine } from '../command-line/errors.ts';
import { counted } from '../command-line/format.ts';
import { openVocabulary } from '../engine/vocabulary-process.ts';
import { type GgufMetadata, numberArrayField, textArrayField, textField } from '../models/gguf/format.ts';
import { tokenTypes } from '../models/tokenizers/tokenizer-files.ts';

export interface RoundTrip {
  text: string;
  tokens: number;
  /** The text that came back, if it differs; null if it is the same. */
  back: string | null;
}

/** Texts that tokenizers often get wrong: languages, characters of several bytes, digits, blanks, line ends, code. */
const trialTexts: readonly string[] = [
  'The quick brown fox jumps over the lazy dog.',
  'Grüße aus Köln: naïve café, señor — 20 °C',
  'Привет, мир! Γειά σου Κόσμε. 日本語のテキスト。한국어 문장.',
  '🙂 👩‍👩‍👧 🇪🇺 ½ ∑ ∞ ﬁ',
  '0 12 345 6789 3.14159 1,000,000',
  '  two leading blanks,\ttabs\tand  two  within',
  'line one\nline two\r\nline three\n\n\nline six',
  "I'll say we've it's you'd: {\"key\": [1, null]} <b>&amp;</b>",
  'def f(x):\n    return x ** 2  # comment\n',
  'a',
];

const timeoutMs = 60_000;

/** @param specials control tokens of the file, which are one token each in a template */
async function tokenizerRoundTrips(path: string, specials: readonly string[]): Promise<RoundTrip[]> {
  await using vocabulary = await openVocabulary(path, timeoutMs);
  const trips: RoundTrip[] = [];
  for (const text of trialTexts) {
    const ids = await vocabulary.tokenize(text);
    const back = (await vocabulary.detokenize(ids)).join('');
    trips.push({ text, tokens: ids.length, back: back === text ? null : back });
  }
  // A control token has no text of its own: it has to be one token, and that is all.
  for (const text of specials) trips.push({ text, tokens: (await vocabulary.tokenize(text)).length, back: null });
  return trips;
}

const mostSpecials = 8;

export async function tokenizerFinding(path: string, metadata: GgufMetadata) {
  if (textField(metadata, 'tokenizer.ggml.model') === 'bert') {
    return {
      trips: null,
      finding: { ok: true, text: 'its tokenizer changes letters by nature: no round trip is tried' },
    };
  }
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
  const types = numberArrayField(metadata, 'tokenizer.ggml.token_type') ?? [];
  const specials = tokens.filter((_, id) => types[id] === tokenTypes.control).slice(0, mostSpecials);
  try {
    const trips = await tokenizerRoundTrips(path, specials);
    const changed = trips.filter(({ back }) => back !== null);
    const split = trips.filter(({ text, tokens: count }) => specials.includes(text) && count !== 1);
    const wrong = [
      ...changed.map(({ text, back }) => `${JSON.stringify(text)} comes back as ${JSON.stringify(back)}`),
      ...split.map(
        ({ text, tokens: count }) => `the control token ${JSON.stringify(text)} is ${counted(count, 'tokens')}`,
      ),
    ];
    const [first] = wrong;
    const finding =
      first === undefined
        ? { ok: true, text: `${trips.length} texts come back from their tokens as they were` }
        : { ok: false, text: `the tokenizer changes ${wrong.length} of ${trips.length} texts: ${first}` };
    return { trips, finding };
  } catch (error) {
    return { trips: null, finding: { ok: false, text: `its tokenizer cannot be used: ${oneLine(error)}` } };
  }
}
