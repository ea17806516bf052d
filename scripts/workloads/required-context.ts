/** Whether a workload fits into the context of the model. */
import { exitCodes, UserError } from '../command-line/errors.ts';

/** @throws UserError with the option that mends it */
export function requireContext(needed: number, context: number): void {
  if (needed <= context) return;
  throw new UserError(`this workload needs a context of at least ${needed} tokens, not ${context}`, {
    exitCode: exitCodes.usage,
    remedy: `Add --context ${2 ** Math.ceil(Math.log2(needed))}.`,
  });
}
