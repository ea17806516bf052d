/** Tests of a framework that a machine may lack: left out aloud there, and failing in CI, where everything is installed. */
import { probeFramework } from '../../../scripts/engine/engine.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';

/** @returns whether to run them */
export async function present(framework: Framework): Promise<boolean> {
  const availability = await probeFramework(framework);
  if (availability.status === 'available' || process.env.CI !== undefined) return true;
  console.warn(`SKIPPED: real ${framework.title}. ${availability.reason}. ${availability.remedy}`);
  return false;
}
