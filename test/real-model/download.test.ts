/** The file of a real model comes through the code that fetches models, from a server that behaves like the hub. */
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fileSha256 } from '../../scripts/models/file-digest.ts';
import { script } from '../fakes/script.ts';
import { fakeHub } from '../scripts/models/hub/fake-hub.ts';
import { modelFolder } from '../scripts/models/model-folder.ts';
import { modelId, realFormat, realModel, registeredFile } from './real-model.ts';

const path = await realModel();

describe.skipIf(path === undefined)('models.ts fetch', () => {
  test('goes on where a connection broke, and keeps the file whose size and hash were announced', async () => {
    const hub = await fakeHub(readFileSync(path ?? ''));
    hub.breaksAfter = [40_000_000];
    const cache = modelFolder();
    const environment = { TOKENLAP_CACHE: cache, TOKENLAP_HUB_URL: hub.hub.url, HF_TOKEN: '' };
    const args = ['fetch', modelId, '--quantize', realFormat, '--json'];
    const { code, stdout, stderr } = await script('scripts/models.ts', args, { environment });
    expect(stderr).not.toMatch(/error/);
    expect(code).toBe(0);
    const { repository, revision, file, sha256, bytes } = registeredFile;
    const made = JSON.parse(stdout);
    expect(made).toMatchObject({ sha256, fileBytes: bytes, parameters: 134_515_008, architecture: 'llama' });
    expect(made.quantization).toMatchObject({ got: realFormat, weightClass: '4-bit' });
    expect(made.path.startsWith(cache)).toBe(true);
    expect(await fileSha256(made.path, () => {})).toBe(sha256);
    expect(statSync(made.path).size).toBe(bytes);
    expect(hub.requests[0]).toMatchObject({ method: 'HEAD', url: `/${repository}/resolve/${revision}/${file}` });
    const gets = hub.requests.filter(({ method, url }) => method === 'GET' && url === '/bytes');
    expect(gets.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d{6,}-$/)]);
  });

  test('refuses a file that is not the one of the registry, before a byte is fetched', async () => {
    const hub = await fakeHub(Buffer.alloc(1000, 7));
    const environment = { TOKENLAP_CACHE: modelFolder(), TOKENLAP_HUB_URL: hub.hub.url, HF_TOKEN: '' };
    const args = ['fetch', modelId, '--quantize', realFormat];
    const { code, stderr } = await script('scripts/models.ts', args, { environment });
    expect(stderr).toMatch(/has another QuantFactory\/.*Q4_1\.gguf than configs\/models\.json expects/);
    expect(code).toBe(1);
    expect(hub.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });
});
