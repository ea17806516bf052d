/** Connections to the hub: redirections are checked before they are followed, and a stalled connection is aborted. */
import { UserError } from '../../command-line/errors.ts';

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
