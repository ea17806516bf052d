/** Tests of a framework that a machine may lack: left out aloud there, and failing in CI, where everything is installed. */

import { it } from 'vitest';
import { probeFramework } from '../../../scripts/engine/engine.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { skipped } from '../../fakes/skipped.ts';

/** @returns whether to run them */
export async function present(framework: Framework): Promise<boolean> {
  const availability = await probeFramework(framework);
  if (availability.status === 'available' || process.env.CI !== undefined) return true;
  return !skipped(true, `real ${framework.title}: ${availability.reason}. ${availability.remedy}`);
}

/** Its server is somebody else's, so nobody can install it; it has tests of its own against a server of ours. */
const withoutServer = 'openai';

/** Every framework of the registry that runs GGUF files here; a skipped test stands for each of the others. */
export async function presentFrameworks(): Promise<Array<{ name: string; framework: Framework }>> {
  const found = [];
  // What reads another format has its own tests.
  for (const framework of frameworks.filter(({ modelFormats }) => modelFormats.includes('gguf'))) {
    if (
      skipped(
        framework.name === withoutServer,
        'openai: its server is not ours; test/scripts/frameworks/openai tests it',
      )
    )
      continue;
    if (await present(framework)) found.push({ name: framework.name, framework });
    else it.skip(`${framework.title} is not available here; the reason is printed above`, () => {});
  }
  return found;
}
