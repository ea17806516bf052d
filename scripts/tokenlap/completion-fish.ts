/** For fish: a line for each command, option and list of values, behind `tokenlap` and behind `npx tokenlap`. */
import { readFileSync } from 'node:fs';
import { commandWords, valueTables, wordsBehind } from './completion-tables.ts';
import type { Offer } from './offers.ts';

export function fishCompletion(offers: readonly Offer[]): string {
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
