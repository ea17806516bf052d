/** Requests to the servers that results are sent to: temporary faults are tried again, and what remains is one line. */
import { exitCodes, oneLine, UserError, usageError } from '../../scripts/command-line/errors.ts';
import type { Outside } from './outside.ts';

export interface ServerRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For messages: 'MLflow', 'GitHub'. */
  server: string;
  /** False for a request that must not be carried out twice: it is tried again only where the server refused it unread. */
  repeatable?: boolean;
}

export interface ServerAnswer {
  status: number;
  text: string;
}

const patience = { attempts: 4, firstPauseMs: 500, longestPauseMs: 30_000, timeoutMs: 30_000 };
/** More than any answer that is read here: pages of runs have some megabytes. */
const longestAnswer = 32 * 2 ** 20;

/** The server is there and does not take it now: too many requests, not ready, or a gateway in front of it says so. */
const busy: readonly number[] = [429, 502, 503, 504];
/** Of these, the ones with which a request was certainly not carried out. */
const unread: readonly number[] = [429, 503];

/**
 * @returns the answer, whatever its status
 * @throws UserError where no answer came after all tries
 */
export async function request(outside: Outside, asked: ServerRequest): Promise<ServerAnswer> {
  const again = asked.repeatable === false ? unread : busy;
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= patience.attempts;
    const backoffMs = patience.firstPauseMs * 2 ** (attempt - 1);
    try {
      const answer = await once(outside, asked);
      if (!again.includes(answer.status) || isLast) return answer;
      await outside.sleep(Math.min(answer.retryAfterMs ?? backoffMs, patience.longestPauseMs));
    } catch (error) {
      if (isLast || (asked.repeatable === false && !neverConnected(error))) throw unreachable(asked, error, attempt);
      await outside.sleep(backoffMs);
    }
  }
}

async function once({ fetch }: Outside, { method, url, headers = {}, body }: ServerRequest) {
  const answer = await fetch(url, {
    method,
    headers: { 'user-agent': 'tokenlap', ...headers },
    ...(body === undefined ? {} : { body }),
    // A redirection could lead the token to another host.
    redirect: 'manual',
    signal: AbortSignal.timeout(patience.timeoutMs),
  });
  const text = await answer.text();
  if (text.length > longestAnswer) throw new Error(`the answer has more than ${longestAnswer} characters`);
  return { status: answer.status, text, retryAfterMs: retryAfter(answer.headers.get('retry-after')) };
}

/** In seconds, as servers give it; a date is not honoured. */
function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function codeOf(error: unknown): string {
  const cause = causeOf(error);
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function neverConnected(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(codeOf(error));
}

function unreachable({ server, url }: ServerRequest, error: unknown, attempts: number): UserError {
  const why = codeOf(error) || oneLine(causeOf(error));
  return new UserError(`${server} at ${shownUrl(url)} gives no answer (${why}, ${attempts} tries)`, {
    exitCode: exitCodes.failed,
    remedy: 'Check the address and that the server runs, then export again: what has arrived is not sent twice.',
    cause: error,
  });
}

/** Where an answer refuses the request: one line with what the server says. */
export function refusal(
  { server, method, url }: Pick<ServerRequest, 'server' | 'method' | 'url'>,
  { status, text }: ServerAnswer,
  remedy: string,
): UserError {
  const said = saidBy(text);
  return new UserError(
    `${server} refused ${method} ${shownUrl(url)} with status ${status}${said === '' ? '' : `: ${said}`}`,
    { remedy },
  );
}

const longestSaid = 300;

/** The message of an answer in JSON, or the beginning of its text. */
function saidBy(text: string): string {
  let said = text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') {
      said = value.message;
    }
  } catch {
    // A page or a plain text.
  }
  return oneLine(said.slice(0, longestSaid));
}

/** Without a password or a query, which may be secret. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

export type Headers = Record<string, string>;

/** A name and a password in an address become a header: they are not shown, and no request takes them where they stood. */
export function basicAuthorization({ username, password }: Pick<URL, 'username' | 'password'>): Headers {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export function withoutPassword(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

/** @throws UserError for anything but http and https */
export function serverUrl(text: string, what: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw usageError(`"${text}" is no address of ${what}`, 'Give one that begins with http:// or https://.');
}
