/** The reading of GGUF files in Python, which needs nothing but numpy. */
import { expect, it } from 'vitest';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { skipped } from '../../../fakes/skipped.ts';

const found = await interpreterFor({ needs: ['numpy'], remedy: 'Install numpy.' }).catch((error: unknown) => {
  if (process.env.CI !== undefined) throw error;
  return null;
});
const tests = pythonTestsIn(import.meta.dirname);

it('there are tests', () => expect(tests).toHaveLength(3));

it.skipIf(skipped(found === null, 'reading GGUF in Python: no Python here has numpy')).each(tests)(
  'passes %s',
  async (name) => {
    if (found !== null) await runPythonTest(found.path, import.meta.dirname, name);
  },
);
