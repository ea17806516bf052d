/** Commands of other tools, as their users type them first: ours with the same meaning, or what to type instead. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { paint } from '../command-line/terminal.ts';
import { shortHash } from '../log/measurement-words.ts';
import { revisionHere } from '../machine/facts/revision.ts';
import { commands, groups } from './commands.ts';

/** `tokenlap help`: the commands by group; and `tokenlap --version`: which source this is, and on which Node. */
export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const sections = groups.map((group) => {
    const lines = commands.filter((command) => command.group === group);
    return [paint('bold', group), ...lines.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`)].join('\n');
  });
  return [
    'Usage: npx tokenlap COMMAND [options]',
    'Measures LLM inference frameworks on the same weights, prompts and clock.',
    ...sections,
    [
      paint('bold', 'Examples'),
      '  npx tokenlap start',
      '  npx tokenlap benchmark --size tiny --quantize f16,q8_0',
      '  npx tokenlap help benchmark --all',
    ].join('\n'),
    'Results go to benchmark_output in the current folder, or to --output DIR.',
  ].join('\n\n');
}

export async function versionText(): Promise<string> {
  const commit = await revisionHere();
  const source = commit === null ? '' : ` (commit ${shortHash(commit)})`;
  return `tokenlap ${packageJson.version}${source}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

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
