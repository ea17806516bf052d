import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchSourceFolder, requireRepositoryName } from '../../../../scripts/models/convert/hub-folder.ts';
import { openSourceFolder } from '../../../../scripts/models/convert/source-folder.ts';
import type { Hub } from '../../../../scripts/models/hub/hub.ts';
import { modelFolder, silent } from '../model-folder.ts';
import { embeddedAsFolder } from './source-folders.ts';

/** Serves the files of a folder, and nothing else. */
function hubOf(folder: string, asked: string[]): Hub {
  return {
    ...{ url: 'http://hub.test', token: undefined, sleep: async () => {} },
    fetch: async (input, init) => {
      const file = join(folder, basename(new URL(String(input)).pathname));
      asked.push(`${init?.method ?? 'GET'} ${basename(file)}`);
      if (!existsSync(file)) return new Response(null, { status: 404 });
      const bytes = readFileSync(file);
      const headers = { 'content-length': String(bytes.length), etag: `"${bytes.length}"` };
      return new Response(init?.method === 'HEAD' ? null : bytes, { headers });
    },
  };
}

test('a repository is fetched as a folder: the shards of its index, and of the tokenizer what there is; nothing twice', async () => {
  const source = await embeddedAsFolder();
  const cache = modelFolder();
  const asked: string[] = [];
  const folder = await fetchSourceFolder('someone/tiny-chat', hubOf(source, asked), cache, silent);
  expect(folder).toBe(join(cache, 'hub', 'someone--tiny-chat'));
  const model = (files: string[]) => files.filter((file) => !file.endsWith('.sha256.json')).sort();
  expect(model(readdirSync(folder))).toEqual(readdirSync(source).sort());
  expect([...openSourceFolder(folder).tensors.keys()]).toEqual([...openSourceFolder(source).tensors.keys()]);
  asked.length = 0;
  await fetchSourceFolder('someone/tiny-chat', hubOf(source, asked), cache, silent);
  expect(asked.filter((line) => /^GET model/.test(line))).toEqual([]);
});

test('a name that is neither a folder nor a repository is refused', () => {
  expect(() => requireRepositoryName('./nowhere')).toThrow(/neither a folder nor the name of a repository/);
  expect(() => requireRepositoryName('owner/name')).not.toThrow();
});
