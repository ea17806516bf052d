import { expect, it } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { frameworkNamed } from '../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../scripts/models/resolve.ts';
import { engineSettings } from '../../../scripts/run/prepare.ts';
import type { EngineOptionValues } from '../../../scripts/run/run-options.ts';
import { defaultEngineSettings } from '../../../scripts/settings/settings.ts';

const { contextTokens: _, ...usual } = defaultEngineSettings;
const options: EngineOptionValues = { ...usual, batchTokens: 64 };

it.each<[Partial<EngineOptionValues>, RegExp, RegExp]>([
  [{ device: 'abacus' }, /llama.cpp has no device "abacus"/, /auto, cpu/],
  [{ precision: 'int8' }, /llama.cpp does not convert weights to int8/, /--quantize/],
  [{ compile: true }, /llama.cpp does not support --compile/, /Omit it/],
  [{ deviceCount: 2 }, /does not spread layers over 2 devices/, /--device-count/],
])('what llama.cpp cannot do is refused before anything starts: %j', (asked, says, remedy) =>
  expectRefusal('llamacpp', asked, says, remedy),
);

it('several sequences of a framework that has one are refused, with what else can be done', () =>
  expectRefusal('onnx', { sequences: 2 }, /ONNX Runtime computes one sequence at a time/, /several engines/));

async function expectRefusal(name: string, asked: Partial<EngineOptionValues>, says: RegExp, remedy: RegExp) {
  const model = await resolveModel(
    {
      size: 'tiny',
      algorithm: undefined,
      quantize: 'f16',
      path: undefined,
      synthetic: false,
      seed: 1,
      offline: true,
      formats: [],
    },
    () => {},
  );
  const refused = await engineSettings({ ...options, ...asked }, frameworkNamed(name), model).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(UserError);
  expect(refused).toMatchObject({
    message: expect.stringMatching(says),
    remedy: expect.stringMatching(remedy),
    exitCode: 2,
  });
}
