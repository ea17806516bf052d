import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { inTerminal } from '../../../fakes/terminal.ts';

const up = '\u001b[A';

it('a conversation in a terminal recalls questions, completes commands and asks for no opinion', async () => {
  const output = outputFolder();
  const { code, raw } = await inTerminal(
    80,
    'scripts/chat.ts',
    ['--output', output],
    [
      { after: '> ', types: 'What is 17 + 25?\r' },
      { after: 'tokens/s', types: `${up}\r` },
      { after: 'tokens/s', types: '/go\t' },
      { after: '/good', types: ' at once\r' },
      { after: 'Noted', types: 'half a question\u0003' },
      // On an empty line it leaves; on one with words in it, it would only delete a letter.
      { after: 'Ctrl-D leaves', types: '\u0004' },
    ],
  );
  const screen = stripVTControlCharacters(raw);
  expect(code).toBe(0);
  expect(screen).toContain('a few hundred questions');
  expect(screen).not.toMatch(/good answer\?/);
  const [log = ''] = readdirSync(join(output, 'raw', 'llamacpp'));
  const records = readFileSync(join(output, 'raw', 'llamacpp', log), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const answers = records.filter(({ type }) => type === 'answer');
  expect(answers.map(({ question }) => question)).toEqual(['What is 17 + 25?', 'What is 17 + 25?']);
  // Each by itself, so the same question gets the same answer.
  expect(answers[0]?.text).toBe(answers[1]?.text);
  expect(records.filter(({ type }) => type === 'feedback')).toEqual([
    { type: 'feedback', answer: 1, rating: 'good', comment: 'at once' },
  ]);
}, 180_000);
