/** The figures by which a choice is made: their names, units, which way is better, and how a limit on each is typed. */
import { bytes, milliseconds, significant } from '../../scripts/command-line/format.ts';

interface FigureFacts {
  title: string;
  unit: string;
  better: 'higher' | 'lower';
  show: (value: number) => string;
  /** Multiples of the unit that may be typed behind a number. */
  units: Readonly<Record<string, number>>;
}

const plain = (unit: string) => (value: number) => `${significant(value)} ${unit}`;
const byteUnits = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
};
const timeUnits = { ms: 1, s: 1000 };

export const figures = {
  decode: { title: 'decode', unit: 'tokens/s', better: 'higher', show: plain('tokens/s'), units: {} },
  prefill: { title: 'prefill', unit: 'tokens/s', better: 'higher', show: plain('tokens/s'), units: {} },
  ttft: { title: 'first token', unit: 'ms', better: 'lower', show: milliseconds, units: timeUnits },
  answer: { title: 'answer', unit: 'ms', better: 'lower', show: milliseconds, units: timeUnits },
  memory: { title: 'memory', unit: 'B', better: 'lower', show: bytes, units: byteUnits },
  quality: { title: 'bits per weight', unit: 'bit', better: 'higher', show: plain('bits a weight'), units: {} },
  energy: { title: 'energy', unit: 'J/token', better: 'lower', show: plain('J/token'), units: {} },
  cost: { title: 'cost', unit: 'per million tokens', better: 'lower', show: plain('per million tokens'), units: {} },
} as const satisfies Record<string, FigureFacts>;

export type FigureName = keyof typeof figures;
export const figureNames: readonly FigureName[] = [
  ...(['decode', 'prefill', 'ttft', 'answer', 'memory', 'quality', 'energy', 'cost'] as const),
];

export const goals = {
  latency: 'answer',
  throughput: 'decode',
  memory: 'memory',
  quality: 'quality',
  energy: 'energy',
  cost: 'cost',
} as const satisfies Record<string, FigureName>;

export type Goal = keyof typeof goals;
export const goalNames = [
  'latency',
  'throughput',
  'memory',
  'quality',
  'energy',
  'cost',
] as const satisfies readonly Goal[];

export function figureText(name: FigureName, value: number): string {
  return figures[name].show(value);
}

/** Whether one value is better than another, or as good. */
export function atLeastAsGood(name: FigureName, value: number, other: number): boolean {
  return figures[name].better === 'higher' ? value >= other : value <= other;
}
