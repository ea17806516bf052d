/** Commands of other tools, as their users type them first: ours with the same meaning, or what to type instead. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const otherCommandSchema = z.union([
  z.strictObject({
    tool: z.string(),
    means: z.array(z.string()).nonempty(),
    /** The option that the first word behind it is the value of. */
    first: z.string().optional(),
  }),
  z.strictObject({ tool: z.string(), instead: z.string() }),
]);
export type OtherCommand = z.infer<typeof otherCommandSchema>;

const file = new URL('../../configs/other-commands.json', import.meta.url);

/** By the words that are typed. */
export function otherCommands(): Map<string, OtherCommand> {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(Object.entries(z.record(z.string(), otherCommandSchema).parse(content)));
}

const mostWords = 3;

/** The longest one that the words begin with, and what stands behind it. */
export function otherCommandOf(
  words: readonly string[],
): { typed: string; command: OtherCommand; rest: readonly string[] } | undefined {
  const known = otherCommands();
  for (let count = Math.min(mostWords, words.length); count > 0; count -= 1) {
    const typed = words.slice(0, count).join(' ');
    const command = known.get(typed);
    if (command !== undefined) return { typed, command, rest: words.slice(count) };
  }
  return undefined;
}

/** Our words for it. */
export function inOurCommands(
  { means, first }: Extract<OtherCommand, { means: unknown }>,
  rest: readonly string[],
): string[] {
  const [word, ...further] = rest;
  const named = first !== undefined && word !== undefined && !word.startsWith('-');
  return named ? [...means, first, word, ...further] : [...means, ...rest];
}
