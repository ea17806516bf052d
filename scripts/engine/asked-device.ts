/** What is left of a framework's devices when one kind is asked for, or none. */
import type { Availability, Framework } from '../frameworks/framework.ts';

/**
 * A device that the processor emulates takes minutes for what a real one does in a second, so none is taken unasked.
 * @param device as asked: 'auto', or one of the framework's by name
 */
export function withAskedDevices(
  { name, title, devices }: Pick<Framework, 'name' | 'title' | 'devices'>,
  device: string,
  availability: Availability,
): Availability {
  if (availability.status === 'missing') return availability;
  const isMeant = device === 'auto' ? isReal : ({ kind }: { kind: string }) => kind === device;
  const meant = availability.devices.filter(isMeant);
  if (meant.length > 0) return { ...availability, devices: meant };
  const [software] = availability.devices;
  if (device !== 'auto' || software === undefined) {
    return {
      status: 'missing',
      reason: `${title} finds no device "${device}" here`,
      remedy: `Its devices: auto, ${devices.join(', ')}. docs/${name}.md says how they are found.`,
    };
  }
  return {
    status: 'missing',
    reason: `${title} finds only a software device here: ${software.name}`,
    remedy: `docs/${name}.md says how a real one is found; --device ${software.kind} measures this one, which is never ranked.`,
  };
}

function isReal({ software }: { software?: boolean }): boolean {
  return software !== true;
}
