/** What the hub says about a file before it is fetched. */
import {
  byteCount,
  hubAnswerError,
  hubNetworkError,
  isBusy,
  lengthOf,
  refuseWebPage,
  retryAfterMs,
} from './answers.ts';
import { fetchFollowing } from './connection.ts';
import { type Hub, type HubFile, headersFor, hubFileUrl } from './hub.ts';

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

function unquote(etag: string | null): string | undefined {
  return etag === null ? undefined : etag.replace(/^W\//, '').replaceAll('"', '');
}
