/** Asks frameworks, each in a process of its own, whether they work on this machine. */
import { missingError, oneLine, UserError } from '../command-line/errors.ts';
import { say } from '../command-line/terminal.ts';
import type { Availability, Framework } from '../frameworks/framework.ts';
import { configured } from '../frameworks/registry.ts';
import { defaultEngineSettings, type EngineSettings } from '../settings/settings.ts';
import { monotonicNow } from './clock.ts';
import { startEngine } from './engine.ts';
import { EngineMissing } from './engine-failure.ts';

const probeTimeoutMs = 120_000;

/**
 * A framework whose engine does not even start is missing, with the reason.
 * @param device as asked: one that is emulated counts only when it is named
 */
export async function probeFramework(framework: Framework, device = 'auto'): Promise<Availability> {
  try {
    await using engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings: settingsToAsk(framework, { device }),
      timeoutMs: probeTimeoutMs,
      onCheckpoint: () => {},
      onProgress: () => {},
      onPiece: () => {},
    });
    return await engine.probe();
  } catch (error) {
    const remedy = (error instanceof UserError ? error.remedy : undefined) ?? 'See docs/troubleshooting.md.';
    return { status: 'missing', reason: oneLine(error), remedy };
  }
}

/** Every default, and what was given of the framework's options: for an engine that loads nothing. */
export function settingsToAsk(framework: Framework, settings: Partial<EngineSettings>): EngineSettings {
  return { ...defaultEngineSettings, framework: framework.given ?? configured(framework).given ?? {}, ...settings };
}

/** Says which ones were passed over. @throws UserError with every reason when none works */
export async function firstWorkingFramework(candidates: readonly Framework[]): Promise<Framework> {
  const reasons: string[] = [];
  for (const framework of candidates) {
    const availability = await probeFramework(framework);
    if (availability.status === 'available') {
      if (reasons.length > 0) say(`${reasons.join('; ')}; using ${framework.title}`);
      return framework;
    }
    reasons.push(`${framework.title}: ${availability.reason} (${availability.remedy})`);
  }
  throw missingError(`no framework works here: ${reasons.join('; ')}`, 'Install one of them as said above.');
}

/**
 * The weight formats that a framework runs on this machine, known before a model is fetched. In a browser the graphics
 * adapter decides, and only a page can ask it; elsewhere the formats are known without asking.
 * @param device as asked
 * @throws EngineMissing when the framework does not work here
 */
export async function runnableFormats(framework: Framework, device: string): Promise<readonly string[]> {
  if (framework.host !== 'browser') return framework.quantizations;
  const availability = await probeFramework(framework, device);
  if (availability.status === 'missing') throw new EngineMissing(availability.reason, availability.remedy);
  return availability.quantizations ?? framework.quantizations;
}
