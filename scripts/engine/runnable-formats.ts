/** The weight formats that a framework runs on this machine, known before a model is fetched. */
import type { Framework } from '../frameworks/framework.ts';
import { EngineMissing } from './engine-failure.ts';
import { probeFramework } from './probe.ts';

/**
 * In a browser that is for the graphics adapter to say, and only a page can ask it; elsewhere it is known without asking.
 * @param device as asked
 * @throws EngineMissing when the framework does not work here
 */
export async function runnableFormats(framework: Framework, device: string): Promise<readonly string[]> {
  if (framework.host !== 'browser') return framework.quantizations;
  const availability = await probeFramework(framework, device);
  if (availability.status === 'missing') throw new EngineMissing(availability.reason, availability.remedy);
  return availability.quantizations ?? framework.quantizations;
}
