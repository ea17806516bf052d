/**
 * A line of a raw log as a typed record, or the reason why it is none. Tokens go through the schema like every other
 * record: it adds 0.4 µs to the 0.8 µs of `JSON.parse` (zod compiles it), half a second for 1.28 million of them, and
 * a second definition of a token, checked by hand, would not be worth that.
 */
import { type RunRecord, recordSchema } from '../../scripts/log/run-log-format.ts';
import { firstIssue } from './issue.ts';

export type Line = { kind: 'record'; record: RunRecord } | { kind: 'broken'; reason: string };

export function parseRecord(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: 'not JSON' };
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return { kind: 'record', record: parsed.data };
  return { kind: 'broken', reason: `no record of this format (${unknownType(value) ?? firstIssue(parsed.error)})` };
}

/** The schema would list every type there is. */
function unknownType(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'not an object';
  if (!('type' in value)) return 'it has no type';
  const known = recordSchema.options.some((option) => option.shape.type.value === value.type);
  return known ? null : `unknown type ${JSON.stringify(value.type)}`;
}
