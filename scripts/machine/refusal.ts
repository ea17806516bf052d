/** What cannot run on this machine is not tried: the reason, and what comes nearest to it. */
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import { type CompatibilityQuestion, compatibility, nextBest } from './compatibility.ts';
import { type DeviceFacts, deviceFacts, deviceKindOf } from './device-kinds.ts';
import { describeHost } from './host.ts';

export interface Refusal {
  reason: string;
  remedy: string | null;
}

/**
 * Null where nothing is known that speaks against it. No framework is asked: one that is missing says so itself. A device
 * that nobody knows is a wrong option, which is told elsewhere.
 * @param machine another one in tests
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
