import { expect, test } from 'vitest';
import { type Ended, script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { modelFolder } from '../models/model-folder.ts';

const environmentOf = (cache: string) => ({ TOKENLAP_CACHE: cache, NO_COLOR: '1', HF_TOKEN: 'hf_secret' });

function models(cache: string, ...options: string[]): Promise<Ended> {
  return scriptHere('scripts/models.ts', options, environmentOf(cache));
}

test('a model is synthesized, listed, inspected and verified from the command line', async () => {
  const cache = modelFolder();
  const synthesize = ['synthesize', '15M', '--quantize', 'q8_0', '--json'];
  const made = await script('scripts/models.ts', synthesize, { environment: environmentOf(cache) });
  expect(made.code).toBe(0);
  const record = JSON.parse(made.stdout);
  expect(record).toMatchObject({ size: '15M', synthetic: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });

  const listed = JSON.parse((await models(cache, 'list', '--json')).stdout);
  expect(listed.models).toContainEqual(expect.objectContaining({ id: 'shape-15m', synthetic: [record.file] }));

  const inspected = await models(cache, 'inspect', '15M', '--json');
  expect(JSON.parse(inspected.stdout)).toMatchObject({ sha256: record.sha256, parameters: record.parameters });
  expect((await models(cache, 'inspect', record.path)).stdout).toMatch(/15M shape \(synthetic\) - random weights/);

  const verified = await models(cache, 'verify', '--all');
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ok {2}.*synthetic-llama-15M-q8_0-seed42/),
  });
});

test('what goes wrong is two lines on standard error and an exit code', async () => {
  const cache = modelFolder();
  const refused = await models(cache, 'fetch', '1B', '--hub-url', 'http://127.0.0.1:9');
  expect(refused.code).toBe(3);
  expect(refused.stdout).toBe('');
  expect(refused.stderr).toMatch(
    /error: http:\/\/127\.0\.0\.1:9 cannot be reached: .*\nnext: .*--model PATH.*--synthetic/,
  );
  expect(refused.stderr).not.toMatch(/hf_secret|at .*\.ts/);
  expect(await models(cache, 'inspect', './none.gguf')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/no file/),
  });
});
