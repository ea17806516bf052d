/** Changes to real logs: noise on bytes and lines, and changes that have a meaning, drawn from a seed. */
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type LogRecord = { type: string } & { [name: string]: Json };

export function recordsOf(log: string): LogRecord[] {
  return log
    .trimEnd()
    .split('\n')
    .map((line): LogRecord => JSON.parse(line));
}

export function logOf(records: readonly LogRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

export type Draw = ReturnType<typeof drawing>;

export function drawing(seed: number) {
  const random = seededRandom(seed);
  return {
    /** 0 to below `limit`. */
    index: (limit: number) => Math.floor(random() * limit),
    of<T>(items: readonly T[]): T {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new Error('nothing to draw from');
      return item;
    },
  };
}

/** Bytes that are lost, doubled or turned, lines that are lost, doubled, cut, exchanged or glued together. */
export function noisy(log: Buffer, draw: Draw): Buffer {
  const kind = draw.of(['turn', 'lose', 'insert', 'cut', 'line', 'double', 'glue', 'swap'] as const);
  const at = draw.index(log.length);
  switch (kind) {
    case 'turn': {
      const turned = Buffer.from(log);
      for (let i = 0; i <= draw.index(4); i++) turned[draw.index(log.length)] = draw.index(256);
      return turned;
    }
    case 'lose':
      return Buffer.concat([log.subarray(0, at), log.subarray(at + 1 + draw.index(40))]);
    case 'insert':
      return Buffer.concat([log.subarray(0, at), Buffer.from([draw.index(256), draw.index(256)]), log.subarray(at)]);
    case 'cut':
      return log.subarray(0, at);
    case 'line':
    case 'double':
    case 'glue':
    case 'swap':
      return Buffer.from(withOtherLines(log.toString().split('\n'), kind, draw).join('\n'));
    default:
      return kind satisfies never;
  }
}

function withOtherLines(lines: readonly string[], kind: 'line' | 'double' | 'glue' | 'swap', draw: Draw): string[] {
  const at = draw.index(lines.length - 1);
  const [one = '', next = ''] = [lines[at], lines[at + 1]];
  const replaced = { line: [next], double: [one, one, next], glue: [one + next], swap: [next, one] }[kind];
  return lines.toSpliced(at, 2, ...replaced);
}

export interface Change {
  kind: string;
  records: LogRecord[];
}

/** A number, an order or a record that is another one than was measured; the closing line's checksum stays what it was. */
export function changed(records: readonly LogRecord[], draw: Draw): Change {
  const kind = draw.of(['number', 'number', 'number', 'order', 'lost', 'doubled'] as const);
  const at = 1 + draw.index(records.length - 2);
  const [one, next] = [records[at], records[at + 1]];
  if (one === undefined || next === undefined) throw new Error('a log of two lines');
  switch (kind) {
    case 'number':
      return changedNumber(records, draw);
    case 'order':
      return { kind: `order of ${one.type} and ${next.type}`, records: records.toSpliced(at, 2, next, one) };
    case 'lost':
      return { kind: `lost ${one.type}`, records: records.toSpliced(at, 1) };
    case 'doubled':
      return { kind: `doubled ${one.type}`, records: records.toSpliced(at, 0, one) };
    default:
      return kind satisfies never;
  }
}

/** By a tenth and more, or by one where it is a count. */
function changedNumber(records: readonly LogRecord[], draw: Draw): Change {
  for (;;) {
    const at = draw.index(records.length);
    const record = structuredClone(records[at]);
    if (record === undefined) continue;
    const places = numbersIn(record);
    if (places.length === 0) continue;
    const { holder, name, value, path } = draw.of(places);
    const other = draw.of([
      value + 1 + Math.round(Math.abs(value) / 10),
      Math.floor(value / 2) - 1,
      -value - 1,
      value * 10 + 1,
    ]);
    Reflect.set(holder, name, other);
    return { kind: `${record.type}.${path}`, records: records.with(at, record) };
  }
}

interface Place {
  holder: object;
  name: string;
  value: number;
  path: string;
}

function numbersIn(value: Json, path: readonly string[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): Place[] => {
    if (typeof inner === 'number') return [{ holder: value, name, value: inner, path: [...path, name].join('.') }];
    return numbersIn(inner, [...path, Array.isArray(value) ? '#' : name]);
  });
}
