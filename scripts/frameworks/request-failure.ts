/** A request that was not answered, and how it failed: kinds that are counted apart, never averaged in. */
import { UserError } from '../command-line/errors.ts';

export const failureKinds = [
  /** No connection, or it was lost before the answer began. */
  'connection',
  'timeout',
  /** 429 */
  'rate_limited',
  /** Any other 4xx. */
  'client_error',
  'server_error',
  /** The stream ended before its end, or with an error. */
  'broken_stream',
  /** The server ended the answer by itself: abort, error, cancelled, content_filter. */
  'aborted',
  /** Tokens were generated, and none of them came as text: calls of tools, hidden reasoning. */
  'no_text',
  /** It answered, but not in this language. */
  'rubbish',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export class RequestFailure extends UserError {
  readonly kind: FailureKind;
  /** Of HTTP; null where none came. */
  readonly status: number | null;

  constructor(
    kind: FailureKind,
    message: string,
    { status = null, remedy }: { status?: number | null; remedy: string },
  ) {
    super(message, { remedy });
    this.kind = kind;
    this.status = status;
  }
}
