/** Refuses combinations that cannot run on this machine, with the reason and the nearest alternative. */
import type { Framework } from '../../frameworks/framework.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { type DeviceFacts, deviceFacts, deviceKindOf } from '../facts/device-kinds.ts';
import { describeHost } from '../facts/host.ts';
import { type CompatibilityQuestion, compatibility, nextBest } from './compatibility.ts';

export interface Refusal {
  reason: string;
  remedy: string | null;
}

/**
 * Null when nothing is known against it. Frameworks are not probed: a missing one reports that itself. An unknown device is a
 * usage error, which is reported elsewhere.
 * @param machine another machine in tests
 */
export async function refusalOf(
  framework: Framework,
  asked: Omit<CompatibilityQuestion, 'framework'>,
  machine?: DeviceFacts,
): Promise<Refusal | null> {
  if (asked.device !== 'auto' && deviceKindOf(asked.device) === undefined) return null;
  const others = frameworks.filter(({ name }) => name !== framework.name);
  const facts = {
    frameworks: [framework, ...others],
    found: [],
    machine: machine ?? deviceFacts(await describeHost(false)),
  };
  const question = { ...asked, framework: framework.name };
  const verdict = compatibility(question, facts);
  if (verdict.verdict !== 'cannot') return null;
  const best = nextBest(question, facts);
  const remedy =
    best === null
      ? null
      : `Next best: --frameworks ${best.framework} --device ${best.device} --quantize ${best.quantize}.`;
  return { reason: verdict.reason, remedy };
}
