/**
 * The one comment on a pull request, through GitHub's REST interface: edited where it is there, written where it is not.
 * Source: docs.github.com/rest/issues/comments; a pull request is an issue there.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { missingError, type UserError, usageError } from '../../../scripts/command-line/errors.ts';
import { textLimits } from '../../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../../scripts/command-line/files/text-file.ts';
import type { Outside } from '../outside.ts';
import { refusal, request, type ServerAnswer, type ServerRequest, serverUrl } from '../server-request.ts';
import { commentMarker } from './github-comment.ts';

const server = 'GitHub';
const perPage = 100;
/** 10,000 comments. */
const mostPages = 100;

const commentSchema = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  html_url: z.string().optional(),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
});
type PostedComment = z.infer<typeof commentSchema>;

interface PullRequest {
  /** Of the repository, without a slash at the end. */
  url: string;
  number: number;
  headers: Record<string, string>;
}

/**
 * @param number of the pull request; null: that of the event which started the workflow
 * @returns what was done, in words
 */
export async function postComment(text: string, outside: Outside, number: number | null): Promise<string> {
  const target = pullRequestOf(outside.environment, number);
  const own = await ownComment(outside, target);
  const { method, url } =
    own === undefined
      ? ({ method: 'POST', url: `${target.url}/issues/${target.number}/comments` } as const)
      : ({ method: 'PATCH', url: `${target.url}/issues/comments/${own.id}` } as const);
  // A second POST would be a second comment.
  const asked = {
    ...callOf(target, method, url),
    body: JSON.stringify({ body: text }),
    repeatable: method === 'PATCH',
  };
  const answer = await request(outside, asked);
  if (answer.status !== 200 && answer.status !== 201) throw refused(asked, answer);
  const posted = commentSchema.parse(parseJson(answer.text));
  const done = own === undefined ? 'wrote the comment' : 'edited the comment';
  return `${done} on pull request ${target.number}${posted.html_url === undefined ? '' : `: ${posted.html_url}`}`;
}

/** Ours and not one in which somebody quotes it: the marker is its last line, and who asks wrote it. */
async function ownComment(outside: Outside, target: PullRequest): Promise<PostedComment | undefined> {
  const isOwn = await authorCheck(outside, target);
  for (let page = 1; page <= mostPages; page++) {
    const url = `${target.url}/issues/${target.number}/comments?per_page=${perPage}&page=${page}`;
    const asked = callOf(target, 'GET', url);
    const answer = await request(outside, asked);
    if (answer.status !== 200) throw refused(asked, answer);
    const comments = z.array(commentSchema).parse(parseJson(answer.text));
    const found = comments.find((comment) => comment.body?.trimEnd().endsWith(`\n${commentMarker}`) && isOwn(comment));
    if (found !== undefined || comments.length < perPage) return found;
  }
  return undefined;
}

/** The token of a workflow may not ask who it is, and is always that of an app: a bot. */
async function authorCheck(outside: Outside, target: PullRequest): Promise<(comment: PostedComment) => boolean> {
  const answer = await request(outside, callOf(target, 'GET', `${apiUrl(outside.environment)}/user`));
  if (answer.status !== 200) return ({ user }) => user?.type === 'Bot';
  const { login } = z.object({ login: z.string() }).parse(parseJson(answer.text));
  return ({ user }) => user?.login === login;
}

function callOf({ headers }: PullRequest, method: ServerRequest['method'], url: string): ServerRequest {
  return { server, method, url, headers };
}

function refused(asked: ServerRequest, answer: ServerAnswer): UserError {
  const remedy =
    answer.status === 403 || answer.status === 404
      ? 'The job needs `permissions: pull-requests: write`; a pull request from a fork gets a token that may not write. The same text goes into the job summary with --to "$GITHUB_STEP_SUMMARY".'
      : 'Check GITHUB_TOKEN and GITHUB_REPOSITORY.';
  return refusal(asked, answer, remedy);
}

function apiUrl(environment: NodeJS.ProcessEnv): string {
  const given = environment.GITHUB_API_URL || 'https://api.github.com';
  return serverUrl(given, "GitHub's interface (GITHUB_API_URL)").href.replace(/\/+$/, '');
}

function pullRequestOf(environment: NodeJS.ProcessEnv, number: number | null): PullRequest {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository } = environment;
  if (!token) throw missingError('a comment needs a token', 'Set GITHUB_TOKEN; docs/ci.md has the workflow.');
  if (repository === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw missingError('it is not known which repository to comment in', 'Set GITHUB_REPOSITORY to OWNER/NAME.');
  }
  return {
    url: `${apiUrl(environment)}/repos/${repository}`,
    number: number ?? numberOfEvent(environment),
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
    },
  };
}

const eventSchema = z.object({ pull_request: z.object({ number: z.number().int().positive() }) });

function numberOfEvent({ GITHUB_EVENT_PATH: path }: NodeJS.ProcessEnv): number {
  const event = path && existsSync(path) ? parseJson(readText(path, 'reading the event', textLimits.settings)) : null;
  const read = eventSchema.safeParse(event);
  if (read.success) return read.data.pull_request.number;
  throw usageError(
    'it is not known which pull request to comment on: no event of one started this',
    'Name it: --to pull-request:NUMBER.',
  );
}
