/** What else changed at a change point, from what the runs before and after it recorded; and what follows from it as a headline. */
import { z } from 'zod';
import { differences, type Measurement } from '../../../scripts/log/measurement.ts';

const kinds = ['engine', 'driver', 'device', 'system', 'machine', 'settings', 'weights'] as const;
type Kind = (typeof kinds)[number];

export interface Changed {
  kind: Kind;
  /** 'driver 550.1 → 555.2'. */
  words: string;
}

const mostTold = 6;
const gpusSchema = z.array(z.object({ name: z.string(), driver: z.string().nullable().optional() }));

/** Fields that follow from others, and so are told only by them. */
const consequences = ['effective.kvBytesPerPosition', 'effective.stateBytes', 'effective.comparable'];

const machineFields = ['cpuModel', 'physicalCores', 'logicalCores', 'memoryBytes', 'architecture', 'usable'];

/** @param before and after: what may change within a series, of the last run before the point and the first one after it */
export function changedBetween(before: Measurement, after: Measurement): Changed[] {
  const found = differences(before, after).filter((name) => !consequences.includes(name));
  const told = found.flatMap((name): Changed[] => {
    if (name === 'host.gpus') return gpuChanges(before[name], after[name]);
    return [{ kind: kindOf(name), words: `${nameOf(name)} ${shown(before[name])} → ${shown(after[name])}` }];
  });
  return told.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

/**
 * As a sentence: a driver that changed alone is the headline.
 * @param isNear whether it changed within one run of the point, and not there
 */
export function headlineOf(changed: readonly Changed[], isNear = false): string {
  const there = isNear ? 'within one run of it' : 'there';
  if (changed.length === 0) return 'Nothing that is recorded changed there.';
  const of = (kind: Kind) => changed.filter((each) => each.kind === kind);
  const list = (some: readonly Changed[]) =>
    [
      ...some.slice(0, mostTold).map(({ words }) => words),
      ...(some.length > mostTold ? [`${some.length - mostTold} more`] : []),
    ].join(', ');
  const [engine, driver] = [of('engine'), of('driver')];
  const others = changed.filter(({ kind }) => kind !== 'engine' && kind !== 'driver');
  const also = (some: readonly Changed[]) => (some.length === 0 ? '' : ` Also: ${list(some)}.`);
  if (engine.length > 0) return `The engine changed ${there}: ${list(engine)}.${also([...driver, ...others])}`;
  if (driver.length > 0) return `The driver changed ${there} and the engine did not: ${list(driver)}.${also(others)}`;
  return `The engine is the same; what changed ${there}: ${list(others)}.`;
}

function kindOf(name: string): Kind {
  const [room = '', field = '', option = ''] = name.split('.');
  if (room === 'framework' || field === 'build') return 'engine';
  if (field === 'settings') return 'settings';
  if (field === 'weights') return 'weights';
  if (room === 'effective') return 'device';
  return machineFields.includes(field) || machineFields.includes(option) ? 'machine' : 'system';
}

const spoken: Readonly<Record<string, string>> = {
  'framework.version': 'version',
  'host.release': 'system release',
  'host.node': 'Node',
  'host.cpuModel': 'CPU',
  'effective.device': 'device',
  'effective.deviceName': 'device name',
};

function nameOf(name: string): string {
  const field = name.split('.').slice(1).join(' ');
  return spoken[name] ?? field.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

const longest = 40;

function shown(value: Measurement[string] | undefined): string {
  if (value === undefined || value === null) return 'not recorded';
  const text = String(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function gpuChanges(before: Measurement[string] | undefined, after: Measurement[string] | undefined): Changed[] {
  const [old, now] = [gpusIn(before), gpusIn(after)];
  const names = (gpus: typeof old) => gpus.map(({ name }) => name).join(' + ') || 'none';
  const drivers = (gpus: typeof old) => [...new Set(gpus.map(({ driver }) => driver ?? 'not recorded'))].join(' + ');
  if (names(old) !== names(now)) return [{ kind: 'machine', words: `GPU ${names(old)} → ${names(now)}` }];
  if (drivers(old) === drivers(now)) return [];
  return [{ kind: 'driver', words: `driver ${drivers(old)} → ${drivers(now)}` }];
}

function gpusIn(value: Measurement[string] | undefined): z.infer<typeof gpusSchema> {
  try {
    return gpusSchema.safeParse(JSON.parse(String(value ?? '[]'))).data ?? [];
  } catch {
    return [];
  }
}
