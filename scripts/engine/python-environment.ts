/** Variables that every Python of ours is started with. */

import { delimiter } from 'node:path';
import { givenOptions, pythonOptions, textOption } from '../settings/framework-options.ts';
import type { FrameworkSettings } from '../settings/settings.ts';
import { quietEnvironment } from './quiet-environment.ts';

/** --python-path goes before PYTHONPATH: a source checkout wins over an installed version. */
export function pythonEnvironment(given: FrameworkSettings = givenOptions(pythonOptions, {})): Record<string, string> {
  const path = [textOption(given, 'pythonPath'), process.env.PYTHONPATH].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    ...quietEnvironment,
    // What an engine needs it is given as a path: Hugging Face's libraries neither report nor look for anything.
    HF_HUB_DISABLE_TELEMETRY: '1',
    HF_HUB_OFFLINE: '1',
    PYTHONUTF8: '1',
    ...(path.length === 0 ? {} : { PYTHONPATH: path.join(delimiter) }),
  };
}
