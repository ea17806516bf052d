/**
 * The README's commands for real, as a person types them one after the other. The hub is a server of this test that has
 * the embedded model under every name: the download of a 1B model is a real one of fewer bytes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { script } from './fakes/script.ts';
import { fakeHub } from './scripts/models/hub/fake-hub.ts';
import { modelFolder } from './scripts/models/model-folder.ts';

const readme = readFileSync('README.md', 'utf8');

/** Of a line of the README: the script and its words. */
function typed(line: string): [script: string, words: string[]] {
  expect(readme, `README does not say ${line}`).toContain(line);
  const [, , path = '', ...words] = line.split(' ');
  return [path, words];
}

test('from the four commands to the report', async () => {
  const { hub, requests } = await fakeHub(readFileSync('configs/tiny/tiny-chat-f16.gguf'));
  const folder = modelFolder();
  const output = join(folder, 'my results');
  const environment = { TOKENLAP_HUB_URL: hub.url, TOKENLAP_CACHE: join(folder, 'cache'), NO_COLOR: '1' };
  const run = async (line: string, ...more: string[]) => {
    const [path, words] = typed(line);
    const ended = await script(path, [...words, ...more], { environment, input: '' });
    expect(ended, line).toMatchObject({ code: 0 });
    return ended;
  };

  const measured = await run(
    'npx tsx scripts/llamacpp-benchmark.ts --size 1B --seed 42',
    '--output',
    output,
    '--threads',
    '1',
    '--warmup',
    '1',
  );
  expect(requests.some(({ url }) => url.includes('Llama-3.2-1B-Instruct'))).toBe(true);
  expect(measured.stdout).toMatch(/decode/);
  const [log = ''] = readdirSync(join(output, 'raw', 'llamacpp'));
  const header = JSON.parse(readFileSync(join(output, 'raw', 'llamacpp', log), 'utf8').split('\n')[0] ?? '');
  expect(header).toMatchObject({ seed: 42, uuid: expect.any(String), host: expect.any(Object) });

  await run('npx tsx collate/all.ts', '--output', output);
  expect(readdirSync(output)).toEqual(expect.arrayContaining(['runs.csv', 'answers.csv', 'llamacpp.csv']));
  await run('npx tsx plots/generate.ts', '--output', output);
  expect(readdirSync(join(output, 'report'))).toEqual(
    expect.arrayContaining(['report.html', 'report.md', 'report.json', 'report.pdf']),
  );
  const said = await run(
    'npx tsx scripts/chat.ts',
    '--output',
    output,
    '--threads',
    '1',
    '--prompt',
    'What is the capital of France?',
  );
  expect(said.stdout).toContain('Paris');
});
