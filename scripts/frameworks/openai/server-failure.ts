/** Errors for people about a server that did not answer. */
import type { FailureKind } from '../../workloads/load/records.ts';
import { RequestFailure } from '../framework.ts';

export function serverFailure(kind: FailureKind, message: string, status: number | null = null): RequestFailure {
  return new RequestFailure(kind, message, remedies[kind], status);
}

const remedies: Record<FailureKind, string> = {
  connection: 'Start the server, or correct --url.',
  timeout: 'Raise the limit, or lower the load.',
  rate_limited: 'Lower the load, or raise the limit of the server.',
  client_error: "See the server's words; --server-model, --prompt-as and the key are what most often is wrong.",
  server_error: "Look into the server's own log.",
  broken_stream: "Look into the server's own log.",
  aborted: "Look into the server's own log; a filter of its provider may have struck too.",
  no_text:
    'Only text that arrives can be timed: turn tools off in the server, take a model that shows its reasoning, or raise --max-tokens.',
  rubbish: 'Check that --url is an OpenAI-compatible interface.',
};

/** @param body the body of the response, in any form */
export function refusal(status: number, body: string): RequestFailure {
  return serverFailure(kindOf(status), `the server answered ${status}: ${saidIn(body)}`, status);
}

/** An error that came with the status of success; its own code, if any, determines the kind. */
export function errorInSuccess(body: string): RequestFailure {
  const code = codeOf(errorIn(json(body)));
  const kind = code === null ? 'server_error' : kindOf(code);
  return serverFailure(kind, `the server answered 200 with an error: ${saidIn(body)}`, 200);
}

/** An error amid the events of an answer. @param data in whatever form */
export function errorInStream(data: string): RequestFailure {
  return serverFailure('broken_stream', `the stream ended with an error: ${saidIn(data)}`, 200);
}

function kindOf(status: number): FailureKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server_error';
  return status >= 400 ? 'client_error' : 'rubbish';
}

/**
 * The error in a JSON value, in any of the forms that servers have for it: `{"error": {...}}` or with a string (OpenAI,
 * llama-server, Ollama, TGI), `{"object": "error", ...}` (vLLM, SGLang), `{"type": "error", ...}`, `{"detail": ...}` (FastAPI),
 * or in a choice (OpenRouter). Undefined when there is none.
 */
export function errorIn(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const { error, object, type, choices, detail } = value;
  if (error !== undefined && error !== null && error !== false && error !== '') return error;
  if (object === 'error' || type === 'error') return value;
  if (!Array.isArray(choices)) return detail ?? undefined;
  for (const choice of choices) if (isObject(choice) && choice.error) return choice.error;
  return undefined;
}

function codeOf(error: unknown): number | null {
  if (!isObject(error)) return null;
  const code = Number(error.code ?? error.status ?? error.http_status_code);
  return Number.isInteger(code) && code >= 400 && code < 600 ? code : null;
}

/** The message of an error of any known form, or the beginning of the body. */
function saidIn(body: string): string {
  const value = json(body);
  const error = errorIn(value) ?? value;
  if (typeof error === 'string') return error.slice(0, 300);
  if (isObject(error) && typeof error.message === 'string') return error.message.slice(0, 300);
  return body.replaceAll(/\s+/g, ' ').trim().slice(0, 300) || 'nothing';
}

/** Undefined for invalid JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
