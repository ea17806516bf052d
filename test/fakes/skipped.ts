/** A skipped test looks like one that passed, so every skip goes through this and prints its reason. */

/**
 * @param reason what is not tested, and why
 * @returns the condition, for `skipIf`
 */
export function skipped(condition: boolean, reason: string): boolean {
  if (condition) console.warn(`SKIPPED ${reason}`);
  return condition;
}

export const onWindows = process.platform === 'win32';
export const notOnLinux = process.platform !== 'linux';
