/** Names as an attacker, a broken tool or a strange keyboard makes them, drawn by a seed. */

export const hostileTexts: readonly string[] = [
  '../../victim/secret.csv',
  '../victim/secret.csv',
  '/etc/passwd',
  'C:\\Windows\\system32',
  '..\\..\\victim\\secret.csv',
  'runs.csv/../../victim/secret.csv',
  'nul\u0000byte',
  'a'.repeat(5000),
  'CON',
  'nul.txt',
  'COM1',
  "$& $1 $` $' $$ $<name>",
  '`rm -rf ~`',
  '$(touch victim)',
  '<script>alert(1)</script>',
  '</svg></style><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  '#read("/etc/passwd") #panic()',
  '*_[x](javascript:alert(1))|~~',
  ']]>&lt;&amp;&#0;',
  '\u200f\u202eevil\u2066',
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
  '\u001b]8;;http://example.invalid\u0007link\u001b]8;;\u0007',
  '\u009b31m\u0090q\u009c',
  '\r\nerror: fake\r',
  '\ud800 half a character',
  '\ufffe\uffff',
  "=cmd|' /C calc'!A0",
  '@SUM(1,1)',
  '+1+1',
  '-2+3',
  '\t=1+1',
  '__proto__',
  'constructor',
  '',
  ' ',
  '.',
  '..',
];

/** Numbers from 0 up to, but not including, 1. Source: Mulberry32, T. Ettinger, public domain. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, of: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = of[Math.floor(random() * of.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

/** A value of JSON with some of its texts, numbers, keys and elements replaced, doubled or left out. */
export function mutated(value: unknown, random: () => number, rate: number): unknown {
  if (random() < rate) return pick(random, [...hostileTexts, null, -1, 1e300, 1.5, [], {}, true, 2 ** 53]);
  if (Array.isArray(value)) {
    const kept = value.filter(() => random() >= rate).map((each) => mutated(each, random, rate));
    return random() < rate ? [...kept, ...kept] : kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, each]): Array<[string, unknown]> => {
    if (random() < rate / 2) return [];
    return [[random() < rate ? pick(random, hostileTexts) : key, mutated(each, random, rate)]];
  });
  return Object.fromEntries(entries);
}
