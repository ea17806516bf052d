/** `tokenlap completion SHELL`: a script for the shell, with every command, option and known value in it. */
import { readFileSync } from 'node:fs';
import { usageError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/options.ts';
import { type Offer, offers } from './offers.ts';

const shells = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** @throws UserError for a shell that is none of them */
export async function completionText([shell = '', ...more]: readonly string[]): Promise<string> {
  const script = shells.get(shell);
  if (script === undefined || more.length > 0) {
    const known = [...shells.keys()];
    const message = shell === '' ? 'completion of which shell?' : `no completion for "${[shell, ...more].join(' ')}"`;
    throw usageError(
      withSuggestion(message, shell, known),
      `bash or zsh: eval "$(npx tokenlap completion bash)"; fish: npx tokenlap completion fish | source`,
    );
  }
  return script(await offers());
}

/** Each list of values once, whoever takes it. */
interface ValueTables {
  lists: ReadonlyArray<readonly string[]>;
  /** `benchmark --size`: the words of the command and the option. */
  cases: ReadonlyArray<{ keys: readonly string[]; list: number }>;
}

function valueTables(offers: readonly Offer[]): ValueTables {
  const keysOfList = new Map<string, string[]>();
  for (const { words, options } of offers) {
    for (const { names, values } of options) {
      if (values.length === 0) continue;
      const list = values.join(' ');
      keysOfList.set(list, [...(keysOfList.get(list) ?? []), ...names.map((name) => `${words} ${name}`)]);
    }
  }
  return {
    lists: [...keysOfList.keys()].map((list) => list.split(' ')),
    cases: [...keysOfList.values()].map((keys, list) => ({ keys, list })),
  };
}

/** Directly behind `tokenlap`. */
function commandWords(offers: readonly Offer[]): string[] {
  return [...new Set(offers.flatMap(({ words }) => words.split(' ')[0] ?? []))];
}

/** The words that may follow those of a command: subcommands, or frameworks with a script of their own. */
function wordsBehind(offers: readonly Offer[]): Array<{ words: string; further: string[] }> {
  const behind = new Map<string, string[]>();
  for (const { words } of offers) {
    const parts = words.split(' ');
    const last = parts.pop();
    if (last === undefined || parts.length === 0) continue;
    const before = parts.join(' ');
    behind.set(before, [...(behind.get(before) ?? []), last]);
  }
  return [...behind].map(([words, further]) => ({ words, further }));
}

/** A function with the tables in it; nothing is started when Tab is pressed. */
function bashCompletion(offers: readonly Offer[]): string {
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

/** Its own completion of bash functions, so that there is one script to be right. */
function zshCompletion(offers: readonly Offer[]): string {
  return [
    '# npx tokenlap completion zsh; put it to use with: eval "$(npx tokenlap completion zsh)"',
    'autoload -Uz compinit && compinit -u',
    'autoload -Uz bashcompinit && bashcompinit',
    bashCompletion(offers),
  ].join('\n');
}

/** A line for each command, option and list of values, behind `tokenlap` and behind `npx tokenlap`. */
function fishCompletion(offers: readonly Offer[]): string {
  const { lists, cases } = valueTables(offers);
  const listOf = new Map(cases.flatMap(({ keys, list }) => keys.map((key) => [key, list] as const)));
  const firstLine = (text: string) => quoted(text.split('. ')[0] ?? '');
  const optionLines = offers.flatMap(({ words, options }) =>
    options.flatMap(({ names, help, takesValue, takesPath }) =>
      names.map((name) => {
        const list = listOf.get(`${words} ${name}`);
        const values = list === undefined ? '' : ` -a "(_tokenlap_list $_tokenlap_list_${list})"`;
        const exclusive = takesValue ? (takesPath || list === undefined ? ' -r -F' : ' -x') : '';
        const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
        return `complete -c $_tokenlap_as -n '_tokenlap_at "${words}"' ${flag}${exclusive}${values} -d ${firstLine(help)}`;
      }),
    ),
  );
  const helpOf = new Map(offers.map(({ words, help }) => [words, help]));
  const wordLines = [{ words: '', further: commandWords(offers) }, ...wordsBehind(offers)].flatMap(
    ({ words, further }) =>
      further.map((word) => {
        const help = helpOf.get(words === '' ? word : `${words} ${word}`) ?? '';
        return `complete -c $_tokenlap_as -f -n '_tokenlap_at "${words}"' -a ${word} -d ${firstLine(help)}`;
      }),
  );
  const paths = [...offers.map(({ words }) => words), ...wordsBehind(offers).map(({ words }) => words)];
  return [
    '# npx tokenlap completion fish; put it to use with: npx tokenlap completion fish | source',
    ...lists.map((words, i) => `set -g _tokenlap_list_${i} ${words.map(quoted).join(' ')}`),
    `set -g _tokenlap_paths ${[...new Set(paths)].map(quoted).join(' ')}`,
    readFileSync(new URL('completion.fish', import.meta.url), 'utf8').trim(),
    'for _tokenlap_as in tokenlap npx',
    ...[...wordLines, ...optionLines].map((line) => `    ${line}`),
    'end',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
