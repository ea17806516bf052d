/** Passages and lists of words that stand in several places. */
import type { CodeLine } from './facts/code-lines.ts';
import type { TreeFacts } from './facts/tree-facts.ts';

export interface Duplicate {
  /** Lines of code that are equal, without comments and imports; of a list of words its length. */
  lines: number;
  places: ReadonlyArray<{ file: string; line: number }>;
  /** The first line, or the words. */
  text: string;
}

const fewestLines = 6;

interface Window {
  file: string;
  /** Place among the lines of code of its file. */
  index: number;
}

/** The longest first. */
export function duplicatesOf({ modules }: TreeFacts): Duplicate[] {
  const windows = new Map<string, Window[]>();
  /** The windows of a file by the places of their first lines. */
  const keysOf = new Map<string, ReadonlyMap<number, string>>();
  const occurrences = new Map<string, number>();
  for (const { codeLines } of modules.values()) {
    for (const { text } of codeLines) occurrences.set(text, (occurrences.get(text) ?? 0) + 1);
  }
  for (const { file, codeLines } of modules.values()) {
    const keys = new Map<number, string>();
    // Only where each of its lines is found elsewhere can a passage be, and few are.
    let repeated = 0;
    for (const [at, { text }] of codeLines.entries()) {
      repeated = (occurrences.get(text) ?? 0) > 1 ? repeated + 1 : 0;
      if (repeated < fewestLines) continue;
      const index = at - fewestLines + 1;
      const key = keyOf(codeLines.slice(index, at + 1));
      keys.set(index, key);
      const known = windows.get(key);
      if (known === undefined) windows.set(key, [{ file, index }]);
      else known.push({ file, index });
    }
    keysOf.set(file, keys);
  }
  const told = new Set<string>();
  const found: Duplicate[] = [];
  for (const [key, places] of windows) {
    const [first] = places;
    if (first === undefined || places.length < 2 || told.has(key)) continue;
    told.add(key);
    let more = 1;
    for (; ; more++) {
      const next = keysOf.get(first.file)?.get(first.index + more);
      const following = next === undefined ? [] : (windows.get(next) ?? []);
      const goesOn =
        following.length === places.length &&
        following.every(({ file, index }, i) => file === places[i]?.file && index === places[i].index + more);
      if (next === undefined || !goesOn) break;
      told.add(next);
    }
    const lineOf = ({ file, index }: Window) => modules.get(file)?.codeLines[index]?.line ?? 1;
    found.push({
      lines: fewestLines + more - 1,
      places: places.map((window) => ({ file: window.file, line: lineOf(window) })),
      text: key.split('\n')[0] ?? '',
    });
  }
  return found.sort((a, b) => b.lines - a.lines || b.places.length - a.places.length);
}

function keyOf(lines: readonly CodeLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}

/** Equal lists of words in several modules, those in most places first. */
export function equalListsOf({ modules }: TreeFacts): Duplicate[] {
  const lists = new Map<string, Array<{ file: string; line: number }>>();
  for (const { file, wordLists } of modules.values()) {
    for (const { line, words } of wordLists) {
      const key = words.join(', ');
      const known = lists.get(key) ?? [];
      if (known.every((place) => place.file !== file)) known.push({ file, line });
      lists.set(key, known);
    }
  }
  return [...lists]
    .filter(([, places]) => places.length > 1)
    .map(([text, places]) => ({ lines: text.split(', ').length, places, text }))
    .sort((a, b) => b.places.length - a.places.length || b.lines - a.lines);
}
