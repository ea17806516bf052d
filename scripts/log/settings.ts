/** Settings and counters of a log by name: a value of the wrong type is no value. */
import type { Settings } from '../../scripts/log/record-fields.ts';

export function numberSetting(settings: Settings, name: string): number | null {
  const value = settings[name];
  return typeof value === 'number' ? value : null;
}

export function wholeSetting(settings: Settings, name: string): number | null {
  const value = numberSetting(settings, name);
  return value !== null && Number.isInteger(value) ? value : null;
}

export function booleanSetting(settings: Settings, name: string): boolean | null {
  const value = settings[name];
  return typeof value === 'boolean' ? value : null;
}

export function textSetting(settings: Settings, name: string): string | null {
  const value = settings[name];
  return value === undefined || value === null ? null : String(value);
}

/** All of them in one cell. */
export function settingsText(settings: Settings): string | null {
  const parts = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? null : parts.join('; ');
}
