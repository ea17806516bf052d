/** A gate report for people on a pull request: its comment, or the summary of a job. */
import type { ExportFormat } from '../format.ts';
import { githubComment } from './github-comment.ts';
import { postComment } from './pull-request.ts';

export const commentFormat: ExportFormat = {
  name: 'github-comment',
  help: 'Markdown of a gate report: the comment on a pull request, or the summary of a job',
  ofGate: githubComment,
  comment: postComment,
};
