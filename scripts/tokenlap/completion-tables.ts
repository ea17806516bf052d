/** The tables of a completion script: each list of values once, whoever takes it. */
import type { Offer } from './offers.ts';

export interface ValueTables {
  lists: ReadonlyArray<readonly string[]>;
  /** `benchmark --size`: the words of the command and the option. */
  cases: ReadonlyArray<{ keys: readonly string[]; list: number }>;
}

export function valueTables(offers: readonly Offer[]): ValueTables {
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
export function commandWords(offers: readonly Offer[]): string[] {
  return [...new Set(offers.flatMap(({ words }) => words.split(' ')[0] ?? []))];
}

/** The words that may follow those of a command: subcommands, or frameworks with a script of their own. */
export function wordsBehind(offers: readonly Offer[]): Array<{ words: string; further: string[] }> {
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
