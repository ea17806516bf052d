/** Starts engines, each in a process of its own, and asks frameworks through them whether they work on this machine. */
import { missingError, oneLine, UserError } from '../command-line/errors.ts';
import { say } from '../command-line/terminal.ts';
import type { Availability, Framework } from '../frameworks/framework.ts';
import { configured } from '../frameworks/registry.ts';
import { defaults } from '../settings/defaults.ts';
import { defaultEngineSettings, type EngineSettings } from '../settings/settings.ts';
import { startBrowserEngine } from './browser/browser-engine.ts';
import { monotonicNow } from './clock.ts';
import { engineCode } from './engine-code.ts';
import { EngineMissing } from './engine-failure.ts';
import { engineOn, startHost } from './engine-host.ts';
import { nodeChannel, pythonChannel } from './process-channels.ts';
import { interpreterFacts, interpreterFor } from './python-interpreter.ts';
import { startTokenEngine, type TokenEngineOptions } from './token-engine.ts';

/** An engine as the harness sees it, whatever hosts it and wherever its tokenizer comes from. */
export type Engine = ReturnType<typeof engineOn>;

/** @throws EngineMissing when there is no interpreter or browser for it, EngineFailure when it does not start */
export async function startEngine(options: TokenEngineOptions): Promise<Engine> {
  const { framework, settings } = options;
  switch (framework.host) {
    case 'node': {
      const code = await engineCode(framework.module);
      const place = { module: code.module, open: nodeChannel(framework, code, settings) };
      if (framework.tokenizer === 'shared') return startTokenEngine(options, place);
      return engineOn(await startHost(options, place), options);
    }
    case 'python': {
      const interpreter = await interpreterFor(framework, settings.framework);
      const place = { module: framework.module, open: pythonChannel(framework, interpreter, settings) };
      return startTokenEngine(options, place, interpreterFacts(interpreter));
    }
    case 'browser':
      return startBrowserEngine(options, framework);
    default:
      return framework satisfies never;
  }
}

const probeTimeoutMs = 120_000;

/**
 * A framework whose engine does not even start is missing, with the reason.
 * @param device the requested one: an emulated device counts only when it is named
 */
export async function probeFramework(framework: Framework, device = defaults.device): Promise<Availability> {
  try {
    const settings = settingsToAsk(framework, { device });
    await using engine = await startEngine({
      framework,
      originNs: monotonicNow(),
      settings,
      timeoutMs: probeTimeoutMs,
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

/** Reports the frameworks that were passed over. @throws UserError with every reason when none works */
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
 * @param device the requested one
 * @throws EngineMissing when the framework does not work here
 */
export async function runnableFormats(framework: Framework, device: string): Promise<readonly string[]> {
  if (framework.host !== 'browser') return framework.quantizations;
  const availability = await probeFramework(framework, device);
  if (availability.status === 'missing') throw new EngineMissing(availability.reason, availability.remedy);
  return availability.quantizations ?? framework.quantizations;
}
