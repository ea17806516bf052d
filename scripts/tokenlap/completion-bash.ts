/** For bash: a function with the tables in it; nothing is started when Tab is pressed. */
import { readFileSync } from 'node:fs';
import { commandWords, valueTables, wordsBehind } from './completion-tables.ts';
import type { Offer } from './offers.ts';

export function bashCompletion(offers: readonly Offer[]): string {
  const { lists, cases } = valueTables(offers);
  return [
    '# npx tokenlap completion bash; put it to use with: eval "$(npx tokenlap completion bash)"',
    ...table(
      '_tokenlap_options',
      offers.map(({ words, options }) => [[words], options.flatMap(({ names }) => names)]),
    ),
    ...table(
      '_tokenlap_values',
      cases.map(({ keys, list }) => [keys, lists[list] ?? []]),
    ),
    ...table('_tokenlap_words', [
      [[''], commandWords(offers)],
      ...wordsBehind(offers).map(({ words, further }) => [[words], further] as const),
    ]),
    readFileSync(new URL('completion.bash', import.meta.url), 'utf8').trim(),
  ].join('\n');
}

/** A function that prints the words which stand behind its argument. */
function table(
  name: string,
  rows: ReadonlyArray<readonly [keys: readonly string[], words: readonly string[]]>,
): string[] {
  const quoted = (text: string) => `'${text}'`;
  return [
    `${name}() {`,
    '  case "$1" in',
    ...rows.map(([keys, words]) => `    ${keys.map(quoted).join('|')}) echo ${quoted(words.join(' '))} ;;`),
    '  esac',
    '}',
  ];
}
