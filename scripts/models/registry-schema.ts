/** The schema of configs/models.json. Unknown keys are errors, so that a typing mistake is not silently ignored. */
import { z } from 'zod';
import { architectureNames } from './architectures/architecture.ts';
import { modelShapeSchema } from './architectures/model-shape.ts';
import { engineQuantizations } from './quantization.ts';

const quantizationName = z.string().refine((name) => engineQuantizations.includes(name), {
  error: 'is no format that scripts/models/quantization.ts knows',
});
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'is not 64 lower-case hexadecimal digits' });

const repositoryName = z.string().regex(/^[^/\s]+\/[^/\s]+$/, { error: 'is not of the form owner/name' });

/** One file of a source: the quantisation alone, or more where it breaks the pattern, lies elsewhere, or its hash is known. */
const offeredSchema = z.union([
  quantizationName,
  z.strictObject({
    quantization: quantizationName,
    repository: repositoryName.optional(),
    revision: z.string().optional(),
    file: z.string().optional(),
    sha256: sha256.optional(),
    bytes: z.int().positive().optional(),
  }),
]);

const sourceSchema = z.strictObject({
  /** On the hub: owner/name. In it and in `file`, {q} stands for the quantisation and {Q} for it in capitals. */
  repository: repositoryName,
  revision: z.string().default('main'),
  /** Pattern of the file's path in the repository; absent where the whole repository is the model. */
  file: z.string().optional(),
  quantizations: z.array(offeredSchema).min(1),
  /** The format of `--quantize default`. */
  default: quantizationName,
});
export type ModelSource = z.infer<typeof sourceSchema>;

const embeddedSchema = z.strictObject({
  /** In this repository. */
  file: z.string(),
  quantization: quantizationName,
  sha256: sha256.optional(),
});

const modelSchema = z.strictObject({
  /** For --model. */
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, { error: 'may have small letters, digits, dots and hyphens' }),
  name: z.string().min(1),
  /** For --size, as people type it. */
  size: z.string().min(1),
  /** For --algorithm: the model type of the transformers library. */
  family: z.string().min(1),
  /** general.architecture of the file: a Mistral, for example, is stored as a llama. */
  architecture: z.enum(architectureNames),
  shape: modelShapeSchema,
  embedded: embeddedSchema.optional(),
  /** By file format: gguf, mlc, onnx, ... */
  sources: z.record(z.string(), sourceSchema).default({}),
});
export type RegisteredModel = z.infer<typeof modelSchema>;

export const registrySchema = z
  .strictObject({
    $schema: z.string().optional(),
    /** The size that runs when neither --size nor --model is given. */
    defaultSize: z.string(),
    models: z.array(modelSchema).min(1),
  })
  .superRefine(({ models, defaultSize }, context) => {
    const seen = new Map<string, number>();
    models.forEach((model, index) => {
      for (const key of [`id ${model.id}`, `size ${model.size.toLowerCase()} of family ${model.family}`]) {
        const first = seen.get(key);
        if (first === undefined) seen.set(key, index);
        else
          context.addIssue({ code: 'custom', path: ['models', index], message: `has the ${key}, as models.${first}` });
      }
    });
    if (!models.some((model) => model.size === defaultSize)) {
      context.addIssue({ code: 'custom', path: ['defaultSize'], message: `"${defaultSize}" is the size of no model` });
    }
  });
export type Registry = z.infer<typeof registrySchema>;
