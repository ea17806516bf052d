import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { engineCode } from '../../../scripts/engine/engine-code.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

const inNode = frameworks.filter(({ host }) => host === 'node');

describe('the code of an engine process', () => {
  it.each(inNode.map((framework) => [framework.name, framework] as const))(
    'of %s is JavaScript that knows where its sources lie',
    async (_name, { module }) => {
      const code = await engineCode(module);
      expect(code.execArgv).toEqual([]);
      const folder = dirname(code.host);
      const text = readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('\n');
      expect(text).toContain(JSON.stringify(module));
      expect(text).not.toMatch(/import\.meta\.(url|dirname|filename)/);
      // A relative address would be looked for beside the bundle.
      expect(text).not.toMatch(/import\.meta\.resolve\(["'`]\./);
    },
  );

  it('is the same for everybody who asks, and made once', async () => {
    const [first] = inNode;
    if (first === undefined) throw new Error('no framework lives in Node');
    const [one, other] = await Promise.all([engineCode(first.module), engineCode(first.module)]);
    expect(one).toBe(other);
  });

  it('is left as it is where it cannot be made: the process itself says what is wrong', async () => {
    const folder = outputFolder();
    const file = join(folder, 'broken.ts');
    writeFileSync(file, 'export const = 1;');
    const code = await engineCode(pathToFileURL(file).href);
    expect(code.host).toMatch(/node-host\.ts$/);
    expect(code.module).toBe(pathToFileURL(file).href);
    expect(code.execArgv).toHaveLength(2);
  });
});
