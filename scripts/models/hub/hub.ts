/** The hub that models are fetched from: its address, where its files are, and connections to it. */
import { setTimeout as delay } from 'node:timers/promises';
import { UserError, usageError } from '../../command-line/errors.ts';
import { isSwitchedOn } from '../../command-line/options.ts';

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
export function hubUrl(chosen: string | undefined, environment: NodeJS.ProcessEnv): string {
  const candidates = [chosen, environment.TOKENLAP_HUB_URL, environment.HF_ENDPOINT];
  const url = candidates.find((text) => text !== undefined && text !== '') ?? defaultHubUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usageError(
      `the hub's address "${url}" is not a URL`,
      `Give one like ${defaultHubUrl} with --hub-url or TOKENLAP_HUB_URL.`,
    );
  }
  return url.replace(/\/+$/, '');
}

/** With the token of HF_TOKEN. @throws UserError when its address is no URL */
export function hubOf(chosen: string | undefined, environment: NodeJS.ProcessEnv): Hub {
  const token = environment.HF_TOKEN;
  return {
    url: hubUrl(chosen, environment),
    token: token === '' ? undefined : token,
    fetch: (...request) => fetch(...request),
    sleep: (ms) => delay(ms),
  };
}

/** Whether TOKENLAP_OFFLINE or HF_HUB_OFFLINE forbids downloads. */
export function isOffline(environment: NodeJS.ProcessEnv): boolean {
  return isSwitchedOn(environment.TOKENLAP_OFFLINE) || isSwitchedOn(environment.HF_HUB_OFFLINE);
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

/** The token is sent to the hub itself, never to a host that it redirects to. */
export function headersFor(hub: Hub, url: string): Record<string, string> {
  const sameOrigin = new URL(url).origin === new URL(hub.url).origin;
  return {
    'user-agent': 'tokenlap',
    // A compressed answer could not be resumed.
    'accept-encoding': 'identity',
    ...(hub.token === undefined || !sameOrigin ? {} : { authorization: `Bearer ${hub.token}` }),
  };
}

/** Ways to run without the hub; every such error ends with them. */
export const withoutTheHub =
  'Without the hub: --model PATH for a file that you have, --synthetic for random weights in the same shape, or --size tiny.';

const mostRedirections = 8;
const redirecting: readonly number[] = [301, 302, 303, 307, 308];

export interface Followed {
  answer: Response;
  /** The address that answered in the end. */
  url: string;
}

/**
 * @param initFor the request to an address: headers for one host must not reach another
 * @param isAnswer true for a redirection that already is the answer, and is not followed
 * @throws UserError for a redirection without a target, in a loop, to another scheme, or from https to http
 */
export async function fetchFollowing(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  first: string,
  initFor: (url: string) => RequestInit,
  isAnswer: (answer: Response) => boolean = () => false,
): Promise<Followed> {
  let url = first;
  for (let followed = 0; followed <= mostRedirections; followed++) {
    const answer = await fetch(url, { ...initFor(url), redirect: 'manual' });
    if (!redirecting.includes(answer.status) || isAnswer(answer)) return { answer, url };
    await answer.body?.cancel();
    url = target(url, answer.headers.get('location'));
  }
  throw refused(first, `more than ${mostRedirections} times, possibly in a loop`);
}

function target(from: string, location: string | null): string {
  if (location === null) throw refused(from, 'to nowhere');
  const shown = JSON.stringify(location.length > 100 ? `${location.slice(0, 100)}...` : location);
  if (!URL.canParse(location, from)) throw refused(from, `to ${shown}, which is not a URL`);
  const to = new URL(location, from);
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refused(from, `to ${shown}, which is not on the web`);
  if (to.username !== '' || to.password !== '') throw refused(from, 'to an address with a password in it');
  if (new URL(from).protocol === 'https:' && to.protocol === 'http:') {
    throw refused(from, `to ${shown}: from https to http, where others on the way could change the file`);
  }
  return to.href;
}

function refused(from: string, where: string): UserError {
  return new UserError(`${withoutQuery(from)} redirects ${where}`, {
    remedy: 'Check the address and proxies on the way; another mirror is named with --hub-url.',
  });
}

/** Queries of signed URLs are long, and secret. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*/s, '');
}

/** Least bytes in the time of the guard: a trickle would keep a transfer open for years. */
const leastBytes = 16 * 1024;

export interface StallGuard extends Disposable {
  signal: AbortSignal;
  /** Counts bytes that arrived. */
  alive: (bytes: number) => void;
}

/** @param stallMs time for the answer to begin, and for each further `leastBytes` */
export function stallGuard(stallMs: number): StallGuard {
  const controller = new AbortController();
  const abort = () => controller.abort(Object.assign(new Error('stalled'), { code: 'UND_ERR_BODY_TIMEOUT' }));
  let timer = setTimeout(abort, stallMs);
  let came = 0;
  return {
    signal: controller.signal,
    alive(bytes) {
      came += bytes;
      if (came < leastBytes) return;
      came = 0;
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
