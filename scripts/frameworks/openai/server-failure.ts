/** What can be said to a person about a server that did not answer. */
import { type FailureKind, RequestFailure } from '../request-failure.ts';

export function serverFailure(kind: FailureKind, message: string, status: number | null = null): RequestFailure {
  return new RequestFailure(kind, message, { status, remedy: remedies[kind] });
}

const remedies: Record<FailureKind, string> = {
  connection: 'Start the server, or correct --url.',
  timeout: 'Raise the limit, or lower the load.',
  rate_limited: 'Lower the load, or raise the limit of the server.',
  client_error: "See the server's words; --server-model, --prompt-as and the key are what most often is wrong.",
  server_error: "Look into the server's own log.",
  broken_stream: "Look into the server's own log.",
  rubbish: 'Check that --url is an OpenAI-compatible interface.',
};

/** @param body what came with the status, in whatever form */
export function refusal(status: number, body: string): RequestFailure {
  return serverFailure(kindOf(status), `the server answered ${status}: ${saidIn(body)}`, status);
}

function kindOf(status: number): FailureKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server_error';
  return status >= 400 ? 'client_error' : 'rubbish';
}

/** The message of an error of OpenAI's form, or the beginning of whatever it is. */
export function saidIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : parsed;
    if (typeof error === 'string') return error.slice(0, 300);
    if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message).slice(0, 300);
  } catch {
    // Not JSON: shown as it is.
  }
  return body.replaceAll(/\s+/g, ' ').trim().slice(0, 300) || 'nothing';
}
