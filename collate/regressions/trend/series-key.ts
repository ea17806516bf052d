/**
 * Which runs are one series: the same question, asked of the same model and framework with the same settings on the same host.
 * What the answer may depend on and may change from run to run (the build of the engine, the driver, the system, what the engine
 * made of the settings) splits no series: a change point says which of it changed there.
 */
import { createHash } from 'node:crypto';
import type { Measurement } from '../../../scripts/log/measurement.ts';
import { isSettingDefault } from '../../../scripts/settings/settings.ts';

/** Where the engine is installed. It goes with its version. */
const installations = ['python', 'pythonPath', 'llamacppBuild', 'webLlm', 'browser', 'TOKENLAP_PYTHON'];

export function identityOf(measurement: Measurement): Measurement {
  return Object.fromEntries(Object.entries(measurement).filter(([name, value]) => isIdentity(name, value)));
}

/** What was asked, in full: for names. */
export function askedOf(measurement: Measurement): Measurement {
  return Object.fromEntries(Object.entries(measurement).filter(([name]) => name !== 'session' && !isChangeable(name)));
}

/** What may change within a series. */
export function changeableOf(measurement: Measurement): Measurement {
  return Object.fromEntries(Object.entries(measurement).filter(([name]) => isChangeable(name)));
}

function isIdentity(name: string, value: Measurement[string]): boolean {
  if (name === 'session' || isChangeable(name)) return false;
  const [room = '', field = '', option = ''] = name.split('.');
  if (room === 'framework' && field === 'settings') return !installations.includes(option);
  // A setting that a later version records begins no new series where it has the value that it had all along.
  return room !== 'requested' || !(installations.includes(field) || isSettingDefault(field, value));
}

function isChangeable(name: string): boolean {
  const [room = ''] = name.split('.');
  return room === 'effective' || name === 'framework.version' || (room === 'host' && name !== 'host.hostname');
}

/** Eight letters that stay the same from scan to scan. */
export function seriesId(identity: Measurement, column: string): string {
  return createHash('sha256')
    .update(`${JSON.stringify(identity)}\n${column}`)
    .digest('hex')
    .slice(0, 8);
}
