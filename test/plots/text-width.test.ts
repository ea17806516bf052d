import { describe, expect, it } from 'vitest';
import { textWidth, wrap } from '../../plots/render/text-width.ts';

describe('text width', () => {
  it('is the sum of advances of the font', () => {
    // Inter: 2816 units would be an em of 2048; digits are all equally wide apart from 1.
    expect(textWidth('22', 10)).toBeCloseTo(2 * textWidth('2', 10), 9);
    expect(textWidth('W', 10)).toBeGreaterThan(textWidth('i', 10) * 3);
    expect(textWidth('abc', 22)).toBeCloseTo(2 * textWidth('abc', 11), 9);
  });

  it.each(['one two three four five six', 'a-framework-with-a-really-long-name_and.more/parts', 'x'.repeat(200)])(
    'wraps "%s" into lines that fit and loses nothing',
    (text) => {
      const lines = wrap(text, 80, 11);
      for (const line of lines) expect(textWidth(line, 11)).toBeLessThanOrEqual(80);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    },
  );

  it('ends what is cut off in an ellipsis', () => {
    const lines = wrap('one two three four five six seven', 60, 11, 'regular', 2);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/…$/);
  });
});
