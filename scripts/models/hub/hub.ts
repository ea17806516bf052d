/**
 * The hub that models are fetched from: where a file of it lies, who asks, and what it says of a file before it is
 * fetched.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isSwitchedOn } from '../../command-line/environment.ts';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { hubAnswerError, hubNetworkError, refuseWebPage } from './errors.ts';
import { fetchFollowing } from './redirections.ts';

const defaultHubUrl = 'https://huggingface.co';

export interface Hub {
  /** Without a slash at the end. */
  url: string;
  /** From HF_TOKEN; sent to the hub itself only, never shown. */
  token: string | undefined;
  fetch: typeof fetch;
  sleep: (ms: number) => Promise<void>;
}

/** `--hub-url`, then TOKENLAP_HUB_URL, then HF_ENDPOINT (as huggingface_hub has it), then the public hub. */
export function hubUrl(chosen: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const candidates = [chosen, environment.TOKENLAP_HUB_URL, environment.HF_ENDPOINT];
  const url = candidates.find((text) => text !== undefined && text !== '') ?? defaultHubUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UserError(`the hub's address "${url}" is not a URL`, {
      exitCode: exitCodes.usage,
      remedy: `Give one like ${defaultHubUrl} with --hub-url or TOKENLAP_HUB_URL.`,
    });
  }
  return url.replace(/\/+$/, '');
}

/** The hub as the environment has it, for work that is no benchmark. @throws UserError when downloads are forbidden */
export function hubFromEnvironment(chosen: string | undefined, environment: NodeJS.ProcessEnv = process.env): Hub {
  if (isSwitchedOn(environment.TOKENLAP_OFFLINE) || isSwitchedOn(environment.HF_HUB_OFFLINE)) {
    throw new UserError('TOKENLAP_OFFLINE forbids fetching', {
      exitCode: exitCodes.missing,
      remedy: 'Name a folder on this machine, or unset the variable.',
    });
  }
  const token = environment.HF_TOKEN;
  return {
    url: hubUrl(chosen, environment),
    token: token === '' ? undefined : token,
    fetch: (...request) => fetch(...request),
    sleep: (ms) => delay(ms),
  };
}

export interface HubFile {
  repository: string;
  revision: string;
  /** Path in the repository. */
  file: string;
}

export function hubFileUrl(hub: Hub, { repository, revision, file }: HubFile): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${hub.url}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

export interface HubFileDescription {
  /** Of the content; only the hub's large files have it. */
  sha256: string | undefined;
  bytes: number | undefined;
  /** Tells one version of the file from another. */
  version: string | undefined;
}

/**
 * Asks for the head of a file. The hub answers for a large file with a redirection to where its bytes are; the sha256
 * and the size stand in that very answer (X-Linked-Etag, X-Linked-Size), so such a redirection is not followed.
 * @throws UserError for every answer that is not a file
 */
export async function describeHubFile(hub: Hub, file: HubFile): Promise<HubFileDescription> {
  const { answer } = await fetchFollowing(
    (url, init) => request(hub, url, init),
    hubFileUrl(hub, file),
    (url) => ({ method: 'HEAD', headers: headersFor(hub, url) }),
    ({ headers }) => headers.has('x-linked-etag') || headers.has('x-linked-size'),
  );
  // A mirror that does not know HEAD: the file is fetched without being described.
  if (answer.status === 405 || answer.status === 501)
    return { sha256: undefined, bytes: undefined, version: undefined };
  if (answer.status >= 400) throw hubAnswerError(hub, file, answer);
  if (answer.ok) refuseWebPage(hub, file, answer);
  const etag = unquote(answer.headers.get('x-linked-etag') ?? answer.headers.get('etag'));
  return {
    sha256: etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? etag : undefined,
    bytes: byteCount(answer.headers.get('x-linked-size')) ?? (answer.ok ? lengthOf(answer) : undefined),
    version: etag,
  };
}

/** Bytes of the body as it was announced; undefined where it was not, or is that of something compressed. */
export function lengthOf(answer: Response): number | undefined {
  return encodingOf(answer) === undefined ? byteCount(answer.headers.get('content-length')) : undefined;
}

/** What the body is compressed with, although `identity` was asked for. */
export function encodingOf(answer: Response): string | undefined {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding;
}

/** A count in a header; no file of a model is empty, so that 0 says nothing either. */
function byteCount(text: string | null): number | undefined {
  if (text === null || !/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

/** The token goes to the hub itself and to nobody it redirects to. */
export function headersFor(hub: Hub, url: string): Record<string, string> {
  const sameOrigin = new URL(url).origin === new URL(hub.url).origin;
  return {
    'user-agent': 'tokenlap',
    // A compressed answer could not be resumed.
    'accept-encoding': 'identity',
    ...(hub.token === undefined || !sameOrigin ? {} : { authorization: `Bearer ${hub.token}` }),
  };
}

const patience = { attempts: 3, firstPauseMs: 500 };

/** Asks again after a passing fault; a name that does not resolve and a closed door are final at once. */
async function request(hub: Hub, url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let answer: Response;
    try {
      answer = await hub.fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    } catch (error) {
      const said = hubNetworkError(hub, error);
      if (!said.passing || attempt >= patience.attempts) throw said.error;
      await hub.sleep(patience.firstPauseMs * 2 ** (attempt - 1));
      continue;
    }
    if (!isBusy(answer.status) || attempt >= patience.attempts) return answer;
    await answer.body?.cancel();
    await hub.sleep(retryAfterMs(answer) ?? patience.firstPauseMs * 2 ** (attempt - 1));
  }
}

export function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** What the server asks to wait, at most a minute: seconds, or a date. */
export function retryAfterMs(answer: Response): number | undefined {
  const asked = answer.headers.get('retry-after');
  if (asked === null) return undefined;
  const ms = /^\d+$/.test(asked.trim()) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(60_000, Math.max(0, ms));
}

function unquote(etag: string | null): string | undefined {
  return etag === null ? undefined : etag.replace(/^W\//, '').replaceAll('"', '');
}
