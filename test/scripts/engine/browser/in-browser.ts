/** Tests that need a browser: left out aloud where there is none, and failing in CI. */

import { it } from 'vitest';
import { oneLine } from '../../../../scripts/command-line/errors.ts';
import { findBrowser } from '../../../../scripts/engine/browser/find-browser.ts';
import { skipped } from '../../../fakes/skipped.ts';

async function browserOrReason(): Promise<string | undefined> {
  try {
    await findBrowser();
    return undefined;
  } catch (error) {
    return oneLine(error);
  }
}

const reason = await browserOrReason();
const absent = reason !== undefined && process.env.CI === undefined;

export const itInBrowser = skipped(absent, `what needs a browser: ${reason}`) ? it.skip : it;
