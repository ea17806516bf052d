/** How requests come: one after the other, by several clients at a time, by the clock, or ever more until nothing is gained. */
import { InvalidArgumentError } from 'commander';

export type LoadShape =
  | { kind: 'single' }
  /** Closed loop: each client asks again when it has its answer. */
  | { kind: 'concurrency'; clients: number }
  /** Open loop: requests come whether or not those before are answered. */
  | { kind: 'constant'; perSecond: number }
  | { kind: 'poisson'; perSecond: number }
  /** Closed loop with 1, 2, 4, ... clients until saturation, see saturation.ts. */
  | { kind: 'ramp'; mostClients: number };

const forms = 'single, concurrency=8, rate=2.5, poisson=2.5, ramp or ramp=64';
const defaultMostClients = 256;

/** As the option has it. */
export function loadShapeText(shape: LoadShape): string {
  switch (shape.kind) {
    case 'single':
      return 'single';
    case 'concurrency':
      return `concurrency=${shape.clients}`;
    case 'constant':
      return `rate=${shape.perSecond}`;
    case 'poisson':
      return `poisson=${shape.perSecond}`;
    case 'ramp':
      return `ramp=${shape.mostClients}`;
    default:
      return shape satisfies never;
  }
}

/** Reads an option's value. */
export function loadShape(text: string): LoadShape {
  const [kind, value] = text.split('=');
  const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
  const clients = Number.isInteger(number) && number >= 1 && number <= 4096 ? number : undefined;
  const perSecond = number > 0 && number <= 100_000 ? number : undefined;
  if (kind === 'single' && value === undefined) return { kind };
  if (kind === 'ramp' && value === undefined) return { kind, mostClients: defaultMostClients };
  if (kind === 'ramp' && clients !== undefined) return { kind, mostClients: clients };
  if (kind === 'concurrency' && clients !== undefined) return { kind, clients };
  if (kind === 'rate' && perSecond !== undefined) return { kind: 'constant', perSecond };
  if (kind === 'poisson' && perSecond !== undefined) return { kind, perSecond };
  throw new InvalidArgumentError(`Allowed: ${forms}.`);
}
