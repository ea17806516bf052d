/** `--frameworks`: named ones are run, or reported, as asked; `auto` is every one that works here. */
import { probeFramework } from '../engine/probe.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworkNamed, frameworks } from '../frameworks/registry.ts';
import type { NotRun } from './cells.ts';

/** Every framework that works here, in order of preference, and why the others do not. */
async function workingFrameworks(
  candidates: readonly Framework[],
): Promise<{ working: Framework[]; missing: Array<{ framework: Framework; reason: string; remedy: string }> }> {
  const working: Framework[] = [];
  const missing: Array<{ framework: Framework; reason: string; remedy: string }> = [];
  for (const framework of candidates) {
    const availability = await probeFramework(framework);
    if (availability.status === 'available') working.push(framework);
    else missing.push({ framework, reason: availability.reason, remedy: availability.remedy });
  }
  return { working, missing };
}

/** @throws UserError for a name that does not exist */
export async function chooseFrameworks(names: readonly string[]): Promise<{ chosen: Framework[]; notRun: NotRun[] }> {
  if (!names.includes('auto')) {
    const chosen = [...new Set(names)].map(frameworkNamed);
    for (const framework of chosen) meetNamed(framework);
    return { chosen, notRun: [] };
  }
  const { working, missing } = await workingFrameworks(frameworks);
  return {
    chosen: working,
    notRun: missing.map(({ framework, reason, remedy }) => ({
      framework: framework.name,
      quantize: '-',
      status: 'missing',
      reason,
      remedy,
    })),
  };
}

/** Gives a framework that a person named what it must be told, where nobody has. */
export function meetNamed({ whenNamed = {} }: Framework): void {
  for (const [variable, value] of Object.entries(whenNamed)) process.env[variable] ||= value;
}
