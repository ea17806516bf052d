import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkGraph, exportGraph } from '../../../../scripts/frameworks/onnx/export-graph.ts';
import { modelFolder } from '../../models/model-folder.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

test('an exported folder holds a graph that opens, its weights and what its inputs mean; without whole weights it does not open', async () => {
  const folder = join(modelFolder(), 'exported');
  const properties = new Map([['source_sha256', 'ab'.repeat(32)]]);
  const options = { keyValueType: 'float32', contextTokens: 64, accuracyLevel: 0, forProcessor: true } as const;
  const made = await exportGraph(embedded, folder, options, properties, () => {});
  expect(made).toMatchObject({ path: join(folder, 'model.onnx'), layers: 4, vocabulary: 512 });
  expect(readdirSync(folder).sort()).toEqual(['interface.json', 'model.onnx', 'model.onnx_data']);
  // The name under which a graph knows its weights, and where they come from, stand in the file as they are.
  expect(readFileSync(made.path, 'latin1')).toMatch(/model\.onnx_data/);
  expect(readFileSync(made.path, 'latin1')).toContain('ab'.repeat(32));
  expect(JSON.parse(readFileSync(join(folder, 'interface.json'), 'utf8'))).toMatchObject({
    contextTokens: 64,
    vocabulary: 512,
  });
  await checkGraph(made.path);
  truncateSync(join(folder, 'model.onnx_data'), 1000);
  await expect(checkGraph(made.path)).rejects.toThrow(/ONNX Runtime could not load the model/);
});
