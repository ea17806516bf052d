import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gridOf } from '../../../../scripts/compare/sweeps/grid.ts';
import { ModelCatalogue } from '../../../../scripts/compare/sweeps/model-facts.ts';
import { readSweepFile } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { sweepJsonSchema } from '../../../../scripts/compare/sweeps/sweep-schema.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';

const folder = join(import.meta.dirname, '../../../../configs/suites');
const schemaFile = 'sweep.schema.json';
const suites = readdirSync(folder).filter((name) => name !== schemaFile);

it('configs/suites/sweep.schema.json is what the options say', async () => {
  await expect(
    `${JSON.stringify(sweepJsonSchema(), null, 2)}\n`,
    'the schema is out of date; make it again: npx vitest run test/scripts/compare/sweeps/suites.test.ts -u',
  ).toMatchFileSnapshot(join(folder, schemaFile));
});

it('has the suites that the documentation names', () => {
  expect(suites.sort()).toEqual(
    ['full', 'performance_suite', 'prediction', 'quantization', 'quick', 'scaling', 'smoke'].map(
      (name) => `${name}.json`,
    ),
  );
});

describe.each(suites)('%s', (name) => {
  const file = readSweepFile(join(folder, name));

  it('is named as its file, says what it is for, and tells editors its schema', () => {
    expect(`${file.name}.json`).toBe(basename(name));
    expect(file.description).not.toBe('');
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8')).$schema).toBe(`./${schemaFile}`);
  });

  it('has cells of frameworks that there are, and no model that has to be fetched', async () => {
    const book = new ModelCatalogue();
    const { cells } = gridOf(file);
    for (const options of cells) {
      const framework = frameworkNamed(options.framework);
      if (!framework.modelFormats.includes('gguf')) continue;
      const facts = await book.factsOf(options, framework);
      expect(facts.missing?.how ?? 'here', JSON.stringify(options)).not.toBe('fetch');
    }
    expect(cells.length).toBeGreaterThan(1);
  });
});
