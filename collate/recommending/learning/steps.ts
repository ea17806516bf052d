/** How far a prediction is from what was measured: the level of trust in it, and the step that it takes from its neighbours. */
import { isSameHost, type Subject } from '../subject.ts';

/** Never mixed: each has errors and intervals of its own. */
export const trusts = ['measured', 'same host', 'other host', 'physics'] as const;
export type Trust = (typeof trusts)[number];

/**
 * Same host, same framework: a combination of a known format and a known size, a new format, a new size, or both new; or measured
 * there with other numbers of threads only. Same host, a framework that was measured nowhere. Another host of the same kind of device. Nothing of the framework on any such device, and
 * nothing at all on the host.
 */
export type Step = 'combination' | 'format' | 'size' | 'format and size' | 'threads' | 'framework' | 'host' | 'physics';

type Place = Pick<Subject, 'hostname' | 'device' | 'threads' | 'framework' | 'model' | 'quantize'>;

export function trustOf(step: Step): Exclude<Trust, 'measured'> {
  switch (step) {
    case 'host':
      return 'other host';
    case 'physics':
      return 'physics';
    default:
      return 'same host';
  }
}

/** Null where nothing was measured on such a device: then nothing can be said. */
export function stepTo(subject: Place, measured: readonly Place[]): Step | null {
  const here = measured.filter((each) => isSameHost(each, subject));
  const alike = here.filter(({ framework }) => framework === subject.framework);
  if (alike.length > 0) {
    const format = alike.some(({ quantize }) => quantize === subject.quantize);
    const size = alike.some(({ model }) => model === subject.model);
    return format ? (size ? 'combination' : 'size') : size ? 'format' : 'format and size';
  }
  const isElse = ({ hostname, device, framework }: Place) =>
    hostname === subject.hostname && device === subject.device && framework === subject.framework;
  if (measured.some(isElse)) return 'threads';
  const onDevice = measured.filter(({ device }) => device === subject.device);
  if (onDevice.some(({ framework }) => framework === subject.framework)) return 'host';
  if (here.length > 0) return 'framework';
  return onDevice.length > 0 ? 'physics' : null;
}

/** What must be unknown for a step to this subject: whatever is measured there is left out to see the error of such a step. */
export function hiddenBy(step: Step, subject: Place): (other: Place) => boolean {
  const sameHost = (other: Place) => isSameHost(other, subject);
  const alike = (other: Place) => sameHost(other) && other.framework === subject.framework;
  const format = (other: Place) => alike(other) && other.quantize === subject.quantize;
  const size = (other: Place) => alike(other) && other.model === subject.model;
  const everywhere = (other: Place) => other.device === subject.device && other.framework === subject.framework;
  switch (step) {
    case 'combination':
      return (other) => format(other) && size(other);
    case 'format':
      return format;
    case 'size':
      return size;
    case 'format and size':
      return (other) => format(other) || size(other);
    case 'threads':
      return alike;
    case 'framework':
      return everywhere;
    case 'host':
      return sameHost;
    case 'physics':
      return (other) => sameHost(other) || everywhere(other);
    default:
      return step satisfies never;
  }
}
