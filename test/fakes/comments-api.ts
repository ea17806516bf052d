/** The part of GitHub's REST interface that has to do with comments on a pull request, in this process. */
import { type Recorded, type RecordingServer, type Reply, recordingServer } from './recording-server.ts';

export interface FakeComment {
  id: number;
  body: string;
  user: { login: string; type: 'Bot' | 'User' };
}

export interface CommentsApi extends RecordingServer {
  comments: FakeComment[];
  /** What a workflow has in its environment. */
  environment: Record<string, string>;
}

interface Behaviour {
  /** Comments that are there at the beginning. */
  comments?: FakeComment[];
  /** Whose token asks; null: that of a workflow, which may not ask. */
  login?: string | null;
  mayWrite?: boolean;
  /** Answers in place of the interface's own; undefined: its own. */
  instead?: (asked: Recorded, nth: number) => Reply | null | undefined;
}

const repository = 'octo/engine';
const bot = { login: 'github-actions[bot]', type: 'Bot' } as const;

export async function commentsApi({
  comments = [],
  login = null,
  mayWrite = true,
  instead,
}: Behaviour = {}): Promise<CommentsApi> {
  const denied = { status: 403, body: { message: 'Resource not accessible by integration' } };
  const server = await recordingServer((asked, nth) => {
    const other = instead?.(asked, nth);
    if (other !== undefined) return other;
    if (asked.headers.authorization !== 'Bearer secret') return { status: 401, body: { message: 'Bad credentials' } };
    const { pathname, searchParams } = new URL(asked.path, 'http://api');
    if (pathname === '/user') return login === null ? denied : { body: { login } };
    const [, pullRequest, id] =
      /^\/repos\/octo\/engine\/issues\/(?:(\d+)\/comments|comments\/(\d+))$/.exec(pathname) ?? [];
    if (asked.method === 'GET' && pullRequest === '7') {
      const [size, page] = [Number(searchParams.get('per_page')), Number(searchParams.get('page'))];
      return { body: comments.slice((page - 1) * size, page * size) };
    }
    if (asked.method !== 'GET' && !mayWrite) return denied;
    const { body } = JSON.parse(asked.body) as { body: string };
    if (asked.method === 'POST' && pullRequest === '7') {
      const user = login === null ? bot : ({ login, type: 'User' } as const);
      const comment = { id: 1000 + comments.length, body, user };
      comments.push(comment);
      return { status: 201, body: { ...comment, html_url: `https://example.invalid/7#${comment.id}` } };
    }
    const found = comments.find((comment) => comment.id === Number(id));
    if (asked.method !== 'PATCH' || found === undefined) return { status: 404, body: { message: 'Not Found' } };
    found.body = body;
    return { body: found };
  });
  const environment = { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: 'secret' };
  return { ...server, comments, environment };
}
