/**
 * The hub that models are fetched from: where a file of it lies, who asks, and what it says of a file before it is
 * fetched.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isSwitchedOn } from '../command-line/environment.ts';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { hubAnswerError, hubNetworkError } from './hub-errors.ts';

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

const mostRedirects = 8;

/**
 * Asks for the head of a file. The hub answers for a large file with a redirection to where its bytes are; the sha256
 * and the size stand in that very answer (X-Linked-Etag, X-Linked-Size), so redirections are followed by hand.
 * @throws UserError for every answer that is not a file
 */
export async function describeHubFile(hub: Hub, file: HubFile): Promise<HubFileDescription> {
  let url = hubFileUrl(hub, file);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await request(hub, url, { method: 'HEAD', redirect: 'manual', headers: headersFor(hub, url) });
    const linked = answer.headers.get('x-linked-etag');
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null && linked === null) {
      url = new URL(location, url).href;
      continue;
    }
    // A mirror that does not know HEAD: the file is fetched without being described.
    if (answer.status === 405 || answer.status === 501)
      return { sha256: undefined, bytes: undefined, version: undefined };
    if (answer.status >= 400) throw hubAnswerError(hub, file, answer);
    const etag = unquote(linked ?? answer.headers.get('etag'));
    const length = answer.headers.get('x-linked-size') ?? (answer.ok ? answer.headers.get('content-length') : null);
    return {
      sha256: etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? etag : undefined,
      bytes: length === null ? undefined : Number(length),
      version: etag,
    };
  }
  throw new UserError(`${hub.url} sends in circles for ${file.repository}/${file.file}`, {
    remedy: 'Check --hub-url; the public hub is the default.',
  });
}

/** The token goes to the hub itself and to nobody it redirects to. */
export function headersFor(hub: Hub, url: string): Record<string, string> {
  const sameHost = new URL(url).host === new URL(hub.url).host;
  return {
    'user-agent': 'tokenlap',
    // A compressed answer could not be resumed.
    'accept-encoding': 'identity',
    ...(hub.token === undefined || !sameHost ? {} : { authorization: `Bearer ${hub.token}` }),
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
    await hub.sleep(retryAfterMs(answer) ?? patience.firstPauseMs * 2 ** (attempt - 1));
  }
}

export function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** What the server asks to wait, at most a minute. */
export function retryAfterMs(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(60, seconds) * 1000 : undefined;
}

function unquote(etag: string | null): string | undefined {
  return etag === null ? undefined : etag.replace(/^W\//, '').replaceAll('"', '');
}
