/** An endpoint over the scripted framework, whose vocabulary is bytes and whose answer is the prompt backwards. */
import { onTestFinished } from 'vitest';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import { type Endpoint, type EndpointPlan, openEndpoint } from '../../../scripts/serve/endpoint.ts';
import { scriptedPlan } from '../../fakes/scripted-run.ts';

type Change = Partial<Omit<EndpointPlan, 'limits'>> & {
  framework?: Framework;
  sequences?: number;
  limits?: Partial<EndpointPlan['limits']>;
};

/** @param script see scripted-framework.ts */
export async function scriptedEndpoint(script = '', change: Change = {}): Promise<Endpoint> {
  const { framework, model, settings } = scriptedPlan('', {}, script);
  const endpoint = await openEndpoint({
    config: {
      framework: change.framework ?? framework,
      model,
      settings: { ...settings, sequences: change.sequences ?? 1 },
      timeoutMs: 20_000,
    },
    engines: 1,
    queueLimit: 8,
    modelId: 'paper',
    aliases: [],
    vocabulary: 256,
    host: '127.0.0.1',
    port: 0,
    apiKey: undefined,
    defaults: { temperature: 0, reusePrefix: false },
    ...change,
    limits: {
      answerTokens: undefined,
      bodyBytes: 64 * 1024,
      connections: 64,
      requestMs: 2000,
      stallMs: 2000,
      ...change.limits,
    },
  });
  onTestFinished(() => endpoint.close(0));
  return endpoint;
}

/** Posts JSON to a path below the endpoint's URL. */
export function post(
  endpoint: Endpoint,
  path: string,
  body: object,
  init: { signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${endpoint.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ model: 'paper', ...body }),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
}

export const question = (content: string) => ({ messages: [{ role: 'user', content }] });

/** The events of a stream, the mark of its end included. */
export async function events(response: Response): Promise<string[]> {
  return (await response.text())
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ''));
}

/** The value of a metric without labels, or with exactly these. */
export async function metric(endpoint: Endpoint, name: string): Promise<number> {
  const text = await (await fetch(endpoint.url.replace('/v1', '/metrics'))).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
