/** What a rule does not hold for, each with its reason. One that excuses nothing any more is a finding itself. */
export interface Exception {
  rule: string;
  /** A file, or a folder with a slash at its end. */
  file: string;
  /** Part of the message, where not all findings of the file are meant. */
  about?: string;
  reason: string;
}

export const exceptionsFile = 'scripts/conformance/exceptions.ts';
/** Under this name such findings are told. */
export const unusedException = 'unused-exception';

export const exceptions: readonly Exception[] = [
];
