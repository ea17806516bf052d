/** Code of the warning in logs of runs that shared their device with others on purpose: their speed is not ranked. */
export const sharedDeviceCode = 'shared_device';
