import { describe, expect, it } from 'vitest';
import { displayWidth, screenWidth, wrapped } from '../../../scripts/command-line/screen-text.ts';
import { table } from '../../../scripts/command-line/terminal.ts';

const lines = (text: string) => text.split('\n');
const widest = (text: string) => Math.max(...lines(text).map(displayWidth));

describe('the width of the screen', () => {
  it('is that of the terminal, and without one there is none', () => {
    expect(screenWidth({ isTTY: true, columns: 60 })).toBe(60);
    expect(screenWidth({ isTTY: true, columns: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(screenWidth({ isTTY: false, columns: 60 })).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts what is seen: control sequences nothing, wide characters two', () => {
    expect(displayWidth('\u001b[1mbold\u001b[22m')).toBe(4);
    expect(displayWidth('日本')).toBe(4);
  });
});

describe('prose', () => {
  const prose = 'Planned: 8 rounds, 16 runs; 2 contenders in a weight class. That finds a difference of 2.4 %.';

  it.each([60, 40, 20])('breaks between words at %i columns and loses none', (width) => {
    const text = wrapped(prose, width);
    expect(widest(text)).toBeLessThanOrEqual(width);
    expect(text.replaceAll('\n', ' ')).toBe(prose);
  });

  it('keeps a number and its unit together', () => {
    expect(lines(wrapped('the smallest difference here is 30 % of it', 34))).toEqual([
      'the smallest difference here is',
      '30 % of it',
    ]);
    expect(lines(wrapped('it took so long that it was over 12 s', 35))[1]).toBe('12 s');
    expect(lines(wrapped('it took so long that it was over 12 steps', 35))[1]).toBe('steps');
  });

  it('goes on below the value of a label, in colour too', () => {
    expect(lines(wrapped('memory      one two three four five six seven', 30))).toEqual([
      'memory      one two three four',
      '            five six seven',
    ]);
    const [, second] = lines(wrapped('\u001b[2mmemory     \u001b[22m one two three four five six seven', 30));
    expect(second).toBe('            five six seven');
  });

  it('keeps commands in one piece, however narrow the screen is', () => {
    const command = 'npx tsx scripts/hardware-benchmark.ts --output a-folder-with-a-long-name';
    expect(lines(wrapped(`For MBU and MFU, once a day: ${command}`, 40))).toEqual([
      'For MBU and MFU, once a day:',
      command,
    ]);
    expect(lines(wrapped('Install `apt install python3-torch` (Debian) and try again', 30))).toContain(
      '`apt install python3-torch`',
    );
  });

  it('keeps them in one piece in colour and below a label too', () => {
    const command = 'npx tsx scripts/benchmark.ts --size tiny --iterations 8';
    const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;
    expect(lines(wrapped(`          ${dim(command)}`, 40))).toEqual([`          ${dim(command)}`]);
    expect(wrapped(`${dim('next: ')} ${command}`, 40)).toContain(command);
  });

  it('takes what is no style for text, and comes to an end', () => {
    const text = wrapped(`label       ${'\u001b[2J'.repeat(3)} one two three four five six`, 30);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('\\u001b[2J');
  });

  it('is left alone where there is no screen', () => {
    expect(wrapped(prose, Number.POSITIVE_INFINITY)).toBe(prose);
  });
});

describe('a table on a narrow screen', () => {
  const header = ['framework', 'runs', 'decode (tokens/s)', '95 %', 'peak memory', 'against the fastest'];
  const rows = [
    ['llama.cpp', '8', '1834', '1801 to 1867', '191 MB', 'fastest'],
    ['ONNX Runtime', '8', '1729', '1700 to 1758', '166 MB', '0.943x (0.931 to 0.955), slower'],
  ];
  const at = (width: number) => table(header, rows, 'lrrrrl', { dropFirst: ['95 %', 'peak memory'], width });

  it.each([100, 80, 60, 40, 30])('has no line wider than %i columns, and no broken number', (width) => {
    const text = at(width);
    expect(widest(text)).toBeLessThanOrEqual(width);
    const words = new Set([...header, ...rows.flat()].flatMap((cell) => cell.split(' ')));
    const shown = lines(text).filter((line) => !/^[─ ]+$/.test(line) && !line.includes('No room'));
    const [body] = text.split('No room');
    const seen = (body ?? shown.join('\n')).split(/[\s─]+/).filter((word) => word !== '');
    for (const word of seen) expect(words).toContain(word);
  });

  it('breaks headers and texts before it leaves a column out', () => {
    expect(at(80)).not.toContain('No room');
    expect(lines(at(80))[0]).not.toContain('decode (tokens/s)');
  });

  it('leaves out what counts least, and says which and how to see it', () => {
    expect(at(60)).toContain('No room for: 95 %');
    expect(at(60)).toContain('less -S');
    expect(at(60)).not.toContain('1801 to 1867');
    expect(at(40).replaceAll('\n', ' ')).toMatch(/No room for: .*95 %, peak memory/);
    expect(at(40)).toContain('fastest');
  });

  it('is complete where there is no screen', () => {
    const text = at(Number.POSITIVE_INFINITY);
    expect(lines(text)).toHaveLength(4);
    expect(text).toContain('0.943x (0.931 to 0.955), slower');
  });
});
