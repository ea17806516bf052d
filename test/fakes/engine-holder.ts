/** Starts an engine of the named host, says its process id, and lets it generate for a minute: to be killed meanwhile. */

import { monotonicNow } from '../../scripts/engine/clock.ts';
import { startEngine } from '../../scripts/engine/engine.ts';
import { defaultEngineSettings, type EngineSettings } from '../../scripts/settings/settings.ts';
import { scripted } from './scripted-framework.ts';
import { scriptedPython } from './scripted-python.ts';

const settings: EngineSettings = { ...defaultEngineSettings, contextTokens: 4096, batchTokens: 32, kvType: 'f16' };
const tokens = 1200;
const gapMs = 50;

const engine = await startEngine({
  framework: process.argv[2] === 'python' ? scriptedPython(`gap=${gapMs}`) : scripted,
  originNs: monotonicNow(),
  settings,
  timeoutMs: 120_000,
});
await engine.load(process.argv[3] ?? `scripted://gap=${gapMs}`, settings);
const answer = engine.generate({
  ...{ prompt: Array<number>(tokens).fill(65), maxTokens: tokens, temperature: 0, seed: 1 },
  ...{ ignoreEndOfSequence: true, reusePrefix: false, stream: false },
});
process.stdout.write(`${engine.pid}\n`);
await answer;
