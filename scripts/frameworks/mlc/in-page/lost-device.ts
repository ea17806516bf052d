/** Watches the device that web-llm makes for itself: when it is lost, what runs on it would wait for ever. */
import { UserError } from '../../../command-line/errors.ts';
import type { GpuAdapter, GpuDevice } from './browser.ts';

export interface DeviceWatch {
  /** The work's result, or a UserError once the device is lost. */
  orLost<T>(work: Promise<T>): Promise<T>;
}

/** Devices of this adapter's kind that are made from now on. */
export function watchDevices(adapter: GpuAdapter): DeviceWatch {
  let tellLost: (error: UserError) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    tellLost = reject;
  });
  // Nobody may be waiting when it happens.
  lost.catch(() => {});
  const prototype: GpuAdapter = Object.getPrototypeOf(adapter);
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (this: GpuAdapter, descriptor?: object): Promise<GpuDevice> {
    const device = await requestDevice.call(this, descriptor);
    void device.lost.then(({ reason, message }) => {
      // One that web-llm gave up itself.
      if (reason !== 'destroyed') tellLost(deviceLost(message));
    });
    return device;
  };
  return { orLost: (work) => Promise.race([work, lost]) };
}

function deviceLost(message: string): UserError {
  return new UserError(`the WebGPU device was lost${message === '' ? '' : `: ${message}`}`, {
    remedy: 'Most often its memory ran out: choose a smaller model, --quantize or --context.',
  });
}
