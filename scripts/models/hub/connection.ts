/** Connections to the hub: redirections are followed by hand, and a connection that brings next to nothing ends. */
import { UserError } from '../../command-line/errors.ts';

const mostRedirections = 8;
const redirecting: readonly number[] = [301, 302, 303, 307, 308];

export interface Followed {
  answer: Response;
  /** Where it came from in the end. */
  url: string;
}

/**
 * @param initFor what is asked of an address: headers that are for one host must not reach another
 * @param isAnswer true for a redirection that says all that is wanted, and is not followed
 * @throws UserError for a redirection that leads nowhere, in circles, off the web, or from https to http
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
  throw refused(first, `more than ${mostRedirections} times, in circles perhaps`);
}

function target(from: string, location: string | null): string {
  if (location === null) throw refused(from, 'to nowhere');
  const shown = JSON.stringify(location.length > 100 ? `${location.slice(0, 100)}...` : location);
  if (!URL.canParse(location, from)) throw refused(from, `to ${shown}, which is no address`);
  const to = new URL(location, from);
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refused(from, `to ${shown}, which is not on the web`);
  if (to.username !== '' || to.password !== '') throw refused(from, 'to an address with a password in it');
  if (new URL(from).protocol === 'https:' && to.protocol === 'http:') {
    throw refused(from, `to ${shown}: from https to http, where anybody on the way could change the file`);
  }
  return to.href;
}

function refused(from: string, where: string): UserError {
  return new UserError(`${withoutQuery(from)} redirects ${where}`, {
    remedy: 'Check the address and proxies on the way; another mirror is named with --hub-url.',
  });
}

/** Queries of signed addresses are long, and secret. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*/s, '');
}

/** Ends a connection that brings next to nothing. */

/** What it has to bring in the time of the guard: a trickle would hold a transfer for years. */
const leastBytes = 16 * 1024;

export interface StallGuard extends Disposable {
  signal: AbortSignal;
  /** So many bytes came. */
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
