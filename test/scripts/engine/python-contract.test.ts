/** The Python contract has the fields of the messages, under names in snake_case: nothing is lost on the way. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { interpreterFor } from '../../../scripts/engine/python-interpreter.ts';
import {
  effectiveSchema,
  generatedSchema,
  generateRequestSchema,
  kernelTestSchema,
  likelihoodsSchema,
  profileRequestSchema,
  residentWeightsSchema,
} from '../../../scripts/frameworks/messages.ts';
import { phaseProfileSchema } from '../../../scripts/log/records/operator-records.ts';
import { defaultEngineSettings } from '../../../scripts/settings/settings.ts';

const read = `
import dataclasses, json
from engine.python import contract
from engine.python.messages import camel_case
kinds = {name: kind for name, kind in vars(contract).items() if dataclasses.is_dataclass(kind)}
without_default = lambda f: f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
print(json.dumps({
    name: {camel_case(f.name): without_default(f) for f in dataclasses.fields(kind)} for name, kind in kinds.items()
}))
`;

const readSettings = `
import json, sys
from engine.python.messages import camel_case, settings_from
settings = settings_from(json.loads(sys.argv[1]))
print(json.dumps({camel_case(name): value for name, value in vars(settings).items()}))
`;

const { path } = await interpreterFor({ needs: [], remedy: 'Install Python 3.' });
const python = (...args: string[]): unknown =>
  JSON.parse(
    execFileSync(path, ['-c', ...args], { encoding: 'utf8', cwd: join(import.meta.dirname, '../../../scripts') }),
  );
const contract = z.record(z.string(), z.record(z.string(), z.boolean())).parse(python(read));

it('Settings has every setting of the load request, and options of the framework where some were given', () => {
  expect(python(readSettings, JSON.stringify(defaultEngineSettings))).toEqual({
    ...defaultEngineSettings,
    framework: {},
  });
  const framework = { accuracyLevel: 4 };
  const given = { ...defaultEngineSettings, framework };
  expect(python(readSettings, JSON.stringify(given))).toEqual(given);
});

it.each([
  // The prompt is an argument of its own; the host streams; no Python engine is a client of a server.
  { name: 'GenerateOptions', schema: generateRequestSchema, lacks: ['prompt', 'messages', 'stream'] },
  { name: 'KernelTest', schema: kernelTestSchema, lacks: [] },
  { name: 'ProfileRequest', schema: profileRequestSchema, lacks: [] },
  { name: 'PhaseProfile', schema: phaseProfileSchema, lacks: [] },
  { name: 'OperatorTime', schema: phaseProfileSchema.shape.operators.element, lacks: [] },
  { name: 'Generated', schema: generatedSchema, lacks: ['served'] },
  { name: 'Likelihoods', schema: likelihoodsSchema, lacks: [] },
  // No Python engine runs recurrent models.
  { name: 'Effective', schema: effectiveSchema, lacks: ['stateBytes'] },
  { name: 'ResidentWeights', schema: residentWeightsSchema, lacks: [] },
])('$name has the fields of its message', ({ name, schema, lacks }) => {
  const expected = Object.keys(schema.shape).filter((field) => !new Set<string>(lacks).has(field));
  const fields = contract[name] ?? {};
  expect(Object.keys(fields).sort()).toEqual(expected.sort());
});

it.each([
  { name: 'GenerateOptions', schema: generateRequestSchema },
  { name: 'KernelTest', schema: kernelTestSchema },
])('$name has a default for what a message may lack', ({ name, schema }) => {
  const always = z.toJSONSchema(schema).required;
  const withoutDefault = Object.entries(contract[name] ?? {}).flatMap(([field, needed]) => (needed ? [field] : []));
  expect(always).toEqual(expect.arrayContaining(withoutDefault));
});
