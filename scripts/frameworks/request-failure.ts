/** A request that was not answered, and how it failed: kinds that are counted apart, never averaged in. */
import { UserError } from '../command-line/errors.ts';
import type { FailureKind } from '../workloads/load/records.ts';

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
