import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../scripts/command-line/screen-text.ts';
import { script } from '../../fakes/script.ts';
import { inTerminal } from '../../fakes/terminal.ts';

describe('a command that prints a table', () => {
  it.each([100, 60])(
    'stays within a terminal of %i columns, and says what it left out',
    async (columns) => {
      const { code, raw } = await inTerminal(columns, 'scripts/models.ts', ['list']);
      const lines = stripVTControlCharacters(raw).replaceAll('\r', '').split('\n');
      expect(code).toBe(0);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
      expect(lines.join(' ')).toMatch(/No room for: (algorithm, )?class/);
      expect(lines.filter((line) => line.includes('Tokenlap tiny chat'))).toHaveLength(1);
    },
    60_000,
  );

  it('prints all of it, plain, where there is no terminal', async () => {
    const { stdout, stderr } = await script('scripts/models.ts', ['list']);
    expect(stdout).not.toContain('No room for');
    expect(stdout).toContain('formats (default first)');
    expect(stdout + stderr).not.toContain(String.fromCharCode(27));
  }, 60_000);
});
