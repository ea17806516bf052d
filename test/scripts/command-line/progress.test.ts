import { afterEach, describe, expect, it, vi } from 'vitest';
import { progress } from '../../../scripts/command-line/progress.ts';

afterEach(() => vi.unstubAllEnvs());

/** What was written, on a terminal of so many columns; without: not a terminal. */
function stream(columns?: number): { written: string[]; stream: NodeJS.WriteStream } {
  const written: string[] = [];
  const fake = { isTTY: columns !== undefined, columns, write: (text: string) => written.push(text) > 0 };
  return { written, stream: fake as unknown as NodeJS.WriteStream };
}

describe('progress', () => {
  it('is a plain line per stage where there is no terminal, with the time left of all', () => {
    const { written, stream: fake } = stream();
    const line = progress('looking', fake, () => 65_000);
    line.update(1, 2);
    line.stage('measuring');
    line.end();
    expect(written).toEqual(['looking ... (1 min 05 s left in all)\n', 'measuring ... (1 min 05 s left in all)\n']);
  });

  it('says nothing of a time that nobody knows', () => {
    const { written, stream: fake } = stream();
    progress('looking', fake, () => null).end();
    progress('looking', fake).end();
    expect(written).toEqual(['looking ...\n', 'looking ...\n']);
  });

  it('keeps to one line of a terminal, and clears it at the end', () => {
    vi.stubEnv('CI', undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', '1');
    const { written, stream: fake } = stream(40);
    const line = progress('run 3 of 12: a framework f16', fake, () => 61_000);
    line.update(12, 12, 'a detail');
    line.end();
    const shown = written.map((text) => text.replace('\r\u001b[K', ''));
    expect(shown.slice(0, -1).every((text) => text.length < 40)).toBe(true);
    expect(shown.some((text) => text.startsWith('run 3 of 12: a framework f16 100 %'))).toBe(true);
    expect(shown.at(-1)).toBe('');
  });

  it('cuts the label before the time that is left', () => {
    vi.stubEnv('CI', undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', '1');
    const { written, stream: fake } = stream(60);
    progress('run 14 of at most 18: a framework with a long name f16', fake, () => 89_000).end();
    expect(written[0]).toBe('\r\u001b[Krun 14 of at most 18: a framework …, 1 min 29 s left in all');
  });
});
