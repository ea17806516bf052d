/** Variables of the environment that switch something on. */

/** True for anything but an empty value, 0, false and no. */
export function isSwitchedOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
