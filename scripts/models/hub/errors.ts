/** What the hub or the network said, as one line for people with the next step. */
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import { type Hub, type HubFile, withoutTheHub } from './hub.ts';

export function hubAnswerError(hub: Hub, { repository, file }: HubFile, answer: Response): UserError {
  const what = `${repository}/${file}`;
  const page = `${hub.url}/${repository}`;
  const say = (message: string, remedy: string) => new UserError(message, { exitCode: exitCodes.missing, remedy });
  switch (answer.status) {
    case 401:
    case 403:
      return hub.token === undefined
        ? say(
            `the hub does not give ${what} to strangers (HTTP ${answer.status})`,
            `Accept its licence at ${page} if it has one, and set HF_TOKEN. ${withoutTheHub}`,
          )
        : say(
            `the hub refuses ${what} to the owner of HF_TOKEN (HTTP ${answer.status})`,
            `Accept its licence at ${page}, and check that the token may read. ${withoutTheHub}`,
          );
    case 404:
      return say(
        `the hub has no ${what} (HTTP 404)`,
        `Look at ${page} for the files there are, and choose another --quantize. ${withoutTheHub}`,
      );
    case 429:
      return say(
        `the hub asks for fewer requests (HTTP 429) while fetching ${what}`,
        `Wait some minutes, or set HF_TOKEN for a higher limit. ${withoutTheHub}`,
      );
    default:
      return say(
        answer.status >= 500
          ? `the hub has trouble of its own (HTTP ${answer.status}) while fetching ${what}`
          : `the hub answered HTTP ${answer.status} for ${what}`,
        `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
      );
  }
}

/**
 * Login pages of networks and proxies come with status 200 in the place of any file.
 * @throws UserError when the answer calls itself a web page
 */
export function refuseWebPage(hub: Hub, { repository, file }: HubFile, answer: Response): void {
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'text/html' || type === 'application/xhtml+xml') throw webPageInstead(hub, `${repository}/${file}`);
}

function webPageInstead(hub: Hub, what: string): UserError {
  return new UserError(`${hub.url} sent a web page in the place of ${what}`, {
    exitCode: exitCodes.missing,
    remedy: `Look at it in a browser: a network that wants a login does so, and a proxy that refuses. ${withoutTheHub}`,
  });
}

const meanings: Record<string, { meaning: string; passing: boolean }> = {
  ENOTFOUND: { meaning: 'its name does not resolve', passing: false },
  EAI_AGAIN: { meaning: 'its name does not resolve', passing: false },
  ECONNREFUSED: { meaning: 'the connection was refused', passing: false },
  EHOSTUNREACH: { meaning: 'there is no way to it', passing: false },
  ENETUNREACH: { meaning: 'there is no network', passing: false },
  ECONNRESET: { meaning: 'the connection broke', passing: true },
  EPIPE: { meaning: 'the connection broke', passing: true },
  UND_ERR_SOCKET: { meaning: 'the connection broke', passing: true },
  ETIMEDOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_CONNECT_TIMEOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_HEADERS_TIMEOUT: { meaning: 'it does not answer', passing: true },
  UND_ERR_BODY_TIMEOUT: { meaning: 'it stopped sending', passing: true },
  CERT_HAS_EXPIRED: { meaning: 'its certificate has expired', passing: false },
  DEPTH_ZERO_SELF_SIGNED_CERT: { meaning: 'its certificate is not trusted', passing: false },
  SELF_SIGNED_CERT_IN_CHAIN: { meaning: 'its certificate is not trusted', passing: false },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { meaning: 'its certificate is not trusted', passing: false },
};

/** @returns the line to show, and whether asking again may help */
export function hubNetworkError(hub: Hub, error: unknown): { error: UserError; passing: boolean } {
  const code = codeOf(error);
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const known = code === undefined ? undefined : meanings[code];
  const meaning = known?.meaning ?? (timedOut ? 'it does not answer' : (code ?? oneLine(error)));
  return {
    passing: known?.passing ?? true,
    error: new UserError(`${hub.url} cannot be reached: ${meaning}`, {
      cause: error,
      exitCode: exitCodes.missing,
      remedy: `Check the network, or name a mirror with --hub-url. ${withoutTheHub}`,
    }),
  };
}

/** fetch wraps the fault that matters, once or twice. */
function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && at.errors[0] instanceof Error && 'code' in at.errors[0]) {
      return String(at.errors[0].code);
    }
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}
