import { battery } from 'systeminformation';

/** 'mains' or 'battery'; null where there is no battery. */
export async function powerSource(): Promise<string | null> {
  const { hasBattery, acConnected } = await battery();
  if (!hasBattery) return null;
  return acConnected ? 'mains' : 'battery';
}
