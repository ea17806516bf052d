/** The machine that this process runs on, for the sources. */
import type { Clock } from '../../engine/clock.ts';
import type { ConditionsHost } from './condition-source.ts';

export function thisHost(now: Clock): ConditionsHost {
  return {
    platform: process.platform,
    root: '/',
    searchPath: process.env.PATH ?? '',
    isRoot: process.getuid?.() === 0,
    pid: process.pid,
    now,
  };
}
