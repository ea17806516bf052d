/** What goes wrong with the hub, the network and a transfer, as one line with the next step. */
import { exitCodes, missingError, oneLine, UserError } from '../../command-line/errors.ts';
import { type Hub, type HubFile, withoutTheHub } from './hub.ts';

export function hubAnswerError(hub: Hub, { repository, file }: HubFile, answer: Response): UserError {
  const what = `${repository}/${file}`;
  const page = `${hub.url}/${repository}`;
  switch (answer.status) {
    case 401:
    case 403:
      return hub.token === undefined
        ? missingError(
            `the hub does not give ${what} without a token (HTTP ${answer.status})`,
            `Accept its licence at ${page} if it has one, and set HF_TOKEN. ${withoutTheHub}`,
          )
        : missingError(
            `the hub refuses ${what} to the owner of HF_TOKEN (HTTP ${answer.status})`,
            `Accept its licence at ${page}, and check that the token may read. ${withoutTheHub}`,
          );
    case 404:
      return missingError(
        `the hub has no ${what} (HTTP 404)`,
        `Look at ${page} for the files there are, and choose another --quantize. ${withoutTheHub}`,
      );
    case 429:
      return missingError(
        `the hub asks for fewer requests (HTTP 429) while fetching ${what}`,
        `Wait some minutes, or set HF_TOKEN for a higher limit. ${withoutTheHub}`,
      );
    default:
      return missingError(
        answer.status >= 500
          ? `the hub has trouble of its own (HTTP ${answer.status}) while fetching ${what}`
          : `the hub answered HTTP ${answer.status} for ${what}`,
        `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
      );
  }
}

/** The hub has no such file. */
export function isNotFound(error: unknown): error is UserError {
  return error instanceof UserError && error.message.includes('HTTP 404');
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
  return missingError(
    `${hub.url} sent a web page in the place of ${what}`,
    `Look at it in a browser: networks that require a login and proxies that refuse do so. ${withoutTheHub}`,
  );
}

const meanings: Record<string, { meaning: string; passing: boolean }> = {
  ENOTFOUND: { meaning: 'its name does not resolve', passing: false },
  EAI_AGAIN: { meaning: 'its name does not resolve', passing: false },
  ECONNREFUSED: { meaning: 'the connection was refused', passing: false },
  EHOSTUNREACH: { meaning: 'there is no route to it', passing: false },
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

/** The transfer stopped; another try may go further. */
export class BrokenTransfer extends Error {
  override readonly name = 'BrokenTransfer';
  readonly shown: UserError;
  readonly pauseMs: number | undefined;

  constructor(shown: UserError, pauseMs?: number) {
    super(shown.message);
    this.shown = shown;
    this.pauseMs = pauseMs;
  }
}

/** The content is not the announced one: none of it is kept. */
export class WrongContent extends UserError {}

interface Asked {
  hub: Hub;
  file: HubFile;
}

export function brokenOff({ hub, file }: Asked, how: string, pauseMs?: number): BrokenTransfer {
  const shown = missingError(
    `fetching ${file.file} from ${hub.url} failed: ${how}`,
    `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
  );
  return new BrokenTransfer(shown, pauseMs);
}

/** The answer does not fit what was asked for. */
export function wrong({ hub, file }: Asked, how: string): WrongContent {
  return new WrongContent(`${file.file} cannot be fetched from ${hub.url}: ${how}`, {
    exitCode: exitCodes.missing,
    remedy: `Try again later, or another mirror with --hub-url. ${withoutTheHub}`,
  });
}

/** What has arrived is not what was announced. */
export function damaged(hub: Hub, { file }: HubFile, how: string): WrongContent {
  return new WrongContent(`${file} arrived damaged from ${hub.url}: ${how}; it was deleted`, {
    remedy: `Fetch it again; if that does not help, another mirror with --hub-url. ${withoutTheHub}`,
  });
}
