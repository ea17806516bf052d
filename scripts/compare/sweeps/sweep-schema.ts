/** The JSON Schema of sweep files, for editors: configs/suites/sweep.schema.json is this, and a test keeps it so. */

import { z } from 'zod';
import { frameworks } from '../../frameworks/registry.ts';
import { defaults } from '../../settings/defaults.ts';
import { cellOptionNames, cellOptionsSchema } from './cell.ts';
import { mostIterations, namePattern, rangeSchema } from './sweep-file.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

export function sweepJsonSchema(): JsonSchema {
  const axes = axisSchemas();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A sweep of Tokenlap',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      name: {
        type: 'string',
        pattern: namePattern.source,
        description: 'stands in logs and tables; under another name a sweep begins anew',
      },
      description: { type: 'string', description: 'what it is for' },
      iterations: {
        type: 'integer',
        minimum: 1,
        maximum: mostIterations,
        description: 'runs of each cell, each a fresh process (default: 1)',
      },
      orderSeed: {
        type: 'integer',
        minimum: 0,
        description: `draws the order of the cells (default: ${defaults.seed})`,
      },
      grids: {
        type: 'array',
        items: { $ref: '#/$defs/axes' },
        minItems: 1,
        description: 'several grids: each crosses its own axes with those beside it',
      },
      exclude: {
        type: 'array',
        items: { $ref: '#/$defs/axes' },
        description: 'cells that match one of these are left out',
      },
      when: {
        type: 'array',
        description: 'axes that hold only in cells that match',
        items: {
          type: 'object',
          properties: { if: { $ref: '#/$defs/axes' }, with: { $ref: '#/$defs/axes' } },
          required: ['if', 'with'],
          additionalProperties: false,
        },
      },
      ...axes,
    },
    required: ['name'],
    additionalProperties: false,
    $defs: {
      axes: { type: 'object', properties: axes, additionalProperties: false },
      range: withoutDialect(z.toJSONSchema(rangeSchema)),
    },
  };
}

/** A value, a list, and for numbers a range. */
function axisSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    cellOptionNames.map((name): [string, JsonSchema] => {
      const {
        description,
        default: usual,
        ...value
      } = withoutDialect(z.toJSONSchema(cellOptionsSchema.shape[name], { io: 'input' }));
      const form = name === 'framework' ? { ...value, enum: frameworks.map((each) => each.name) } : value;
      return [
        name,
        {
          description: usual === undefined ? (description ?? '') : `${description} (default: ${JSON.stringify(usual)})`,
          anyOf: [
            form,
            { type: 'array', items: form, minItems: 1 },
            ...(isNumeric(form) ? [{ $ref: '#/$defs/range' }] : []),
          ],
        },
      ];
    }),
  );
}

function isNumeric({ type, anyOf }: JsonSchema): boolean {
  return type === 'integer' || type === 'number' || (anyOf?.some((one) => isNumeric(one)) ?? false);
}

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
