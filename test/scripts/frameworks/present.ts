/** Tests of a framework that a machine may lack: left out aloud there, and failing in CI, where everything is installed. */

import { probeFramework } from '../../../scripts/engine/engine.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import { skipped } from '../../fakes/skipped.ts';

/** @returns whether to run them */
export async function present(framework: Framework): Promise<boolean> {
  const availability = await probeFramework(framework);
  if (availability.status === 'available' || process.env.CI !== undefined) return true;
  return !skipped(true, `real ${framework.title}: ${availability.reason}. ${availability.remedy}`);
}
