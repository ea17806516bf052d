/** The client in its engine process, against a server that does as the model's name says. */
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import type { Loaded } from '../../../../scripts/frameworks/messages.ts';
import { openai } from '../../../../scripts/frameworks/openai/framework.ts';
import type { FrameworkSettings } from '../../../../scripts/settings/settings.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';
import { startTokenServer, type TokenServer } from '../../../fakes/token-server-process.ts';

const tiny = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');

export interface Client {
  server: TokenServer;
  engine: Engine;
  loaded: Loaded;
  originNs: bigint;
  /** Text that was streamed. */
  pieces: string[];
}

/** Sets variables for the time of a test. */
export function environment(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] = value;
  onTestFinished(() => {
    for (const name of Object.keys(values)) delete process.env[name];
  });
}

/**
 * @param script see token-server.ts
 * @param given options of the framework's own, besides the address
 */
export async function clientOf(script: string, given: FrameworkSettings = {}): Promise<Client> {
  const server = await startTokenServer(script);
  const settings = { ...scriptedPlan('').settings, framework: { url: server.url, ...given } };
  const originNs = monotonicNow();
  const pieces: string[] = [];
  const engine = await startEngine({
    framework: openai,
    originNs,
    settings,
    timeoutMs: 60_000,
    onPiece: (piece) => pieces.push(piece),
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { server, engine, loaded: await engine.load(tiny, settings), originNs, pieces };
}
