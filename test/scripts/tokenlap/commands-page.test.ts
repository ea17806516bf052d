/** docs/commands.md follows the lists in the code. On a difference the test shows the table as it should be. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { familiarFlags, pointedFlags } from '../../../scripts/command-line/parsing/familiar-flags.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { commands, groups } from '../../../scripts/tokenlap/commands.ts';
import { meaningOf } from '../../../scripts/tokenlap/dispatch.ts';
import { otherCommands } from '../../../scripts/tokenlap/other-commands.ts';

const page = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8');
const code = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(' ');
const rows = (cells: ReadonlyArray<readonly string[]>) => cells.map((row) => `| ${row.join(' | ')} |`).join('\n');

const tables: ReadonlyArray<[name: string, text: () => string]> = [
  [
    'commands',
    () =>
      rows(
        groups.flatMap((group) =>
          commands
            .filter((command) => command.group === group)
            .map(({ name, aliases = [], script, perFramework, help }) => [
              code([name, ...aliases]),
              script ?? (perFramework === undefined ? '' : `scripts/FRAMEWORK-${perFramework}.ts`),
              help,
            ]),
        ),
      ),
  ],
  [
    'flags of other tools',
    () =>
      rows(
        [...familiarFlags]
          .sort((a, b) => a.tool.localeCompare(b.tool))
          .map(({ typed, tool, means, adds = [] }) => [
            tool,
            code(typed),
            code([means, adds.join(' ')].filter(Boolean)),
          ]),
      ),
  ],
  ['what to type instead', () => rows(pointedFlags.map(({ typed, tool, instead }) => [tool, code(typed), instead]))],
  [
    'commands of other tools',
    () =>
      rows(
        [...otherCommands()].map(([typed, command]) => [
          code([typed]),
          'means' in command ? `\`npx tokenlap ${command.means.join(' ')}\`` : command.instead,
        ]),
      ),
  ],
  [
    'names',
    () =>
      rows([
        ...frameworks.map(({ name, aliases = [] }) => [code([name]), aliases.length === 0 ? '' : code(aliases), '']),
        ...frameworks.flatMap(({ servers = [] }) =>
          servers.map(({ name, aliases = [], url }) => [code([name]), aliases.length === 0 ? '' : code(aliases), url]),
        ),
      ]),
  ],
];

it.each(tables)('%s', (_, text) => {
  expect(page).toContain(text());
});

it('every command on the page is one, and every one that a pointer names', async () => {
  const ofPage = [...page.matchAll(/^npx tokenlap(.*?)(?: +#.*| \|.*)?$/gm)];
  const pointers = [...pointedFlags, ...otherCommands().values()].flatMap((each) =>
    'instead' in each ? each.instead : [],
  );
  const ofPointers = [...pointers.join('\n').matchAll(/npx tokenlap([^`;&\n]*?)(?=[`;&\n]|\.?$|\. | &&)/gm)];
  const lines = [...ofPage, ...ofPointers].map(([, words = '']) => words.replaceAll('FRAMEWORK', 'llamacpp'));
  expect(lines.length).toBeGreaterThan(12);
  for (const line of lines) {
    await expect(meaningOf(line.split(' ').filter(Boolean)), line).resolves.toBeDefined();
  }
});
