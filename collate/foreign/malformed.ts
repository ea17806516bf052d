/** What is wrong with a file of another tool, and where in it. */
import type { z } from 'zod';
import { firstIssue } from '../logs/problem.ts';

export class Malformed extends Error {
  override readonly name = 'Malformed';

  /** @param place `line 3`, `benchmarks.0`; null for the file as a whole */
  constructor(place: string | null, what: string) {
    super(place === null ? what : `${place}: ${what}`);
  }
}

/** @param place what the value is, for the message; null for the whole document @throws Malformed naming the first part that does not fit */
export function fitting<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string | null,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Malformed(place, firstIssue(parsed.error));
}
