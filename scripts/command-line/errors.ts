/**
 * What a person sees when something is wrong: one line that says what and where, one line that says what to do next.
 * Everything else (a programming fault) keeps its stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** The next step, as a sentence or a command that can be pasted. */
  readonly remedy: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: { remedy?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** Documented in docs/troubleshooting.md; scripts and CI may rely on them. */
export const exitCodes = {
  ok: 0,
  /** The work itself failed: a run, a download, a chart. */
  failed: 1,
  /** The command line or a file given to it is wrong; nothing was started. */
  usage: 2,
  /** Something that is needed is not there: a framework, a model, a folder. */
  missing: 3,
  /** Ctrl-C. */
  interrupted: 130,
  /** Whoever read the output went away. */
  pipeClosed: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line, or a file that it names, is wrong. */
export function usageError(message: string, remedy: string): UserError {
  return new UserError(message, { exitCode: exitCodes.usage, remedy });
}

/** Something that is needed is not on this machine. */
export function missingError(message: string, remedy: string): UserError {
  return new UserError(message, { exitCode: exitCodes.missing, remedy });
}

/** One line for anything that was thrown: the message without a stack trace, line breaks folded. What it quotes may be of any length. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message
    .slice(0, 10 * longestLine)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}...`;
}

const longestLine = 1000;

/** True for the errors of the operating system that carry a code such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

/** Turns what the operating system says about a path into a line for people, with the next step. */
export function fileError(error: unknown, path: string, doing: string): UserError {
  if (error instanceof UserError) return error;
  if (!isSystemError(error)) return new UserError(`${doing} ${path} failed: ${oneLine(error)}`, { cause: error });
  const said = systemErrors[error.code ?? ''];
  return new UserError(`${doing} ${path} failed: ${said?.meaning ?? error.message}`, {
    cause: error,
    exitCode: error.code === 'ENOENT' ? exitCodes.missing : exitCodes.failed,
    ...(said === undefined ? {} : { remedy: said.remedy }),
  });
}

const systemErrors: Record<string, { meaning: string; remedy: string }> = {
  ENOENT: { meaning: 'there is no such file or folder', remedy: 'Check the path.' },
  EACCES: {
    meaning: 'permission denied',
    remedy: 'Choose another folder with --output DIR, or change its permissions.',
  },
  EPERM: {
    meaning: 'permission denied',
    remedy: 'Choose another folder with --output DIR, or change its permissions.',
  },
  EROFS: { meaning: 'the file system is read-only', remedy: 'Choose another folder with --output DIR.' },
  ENOSPC: { meaning: 'the disk is full', remedy: 'Free some space, or choose another folder with --output DIR.' },
  EDQUOT: {
    meaning: 'the quota of this user is used up',
    remedy: 'Free some space, or choose another folder with --output DIR.',
  },
  ELOOP: { meaning: 'the links in the path lead in a circle', remedy: 'Check the path.' },
  ENAMETOOLONG: { meaning: 'the name is too long', remedy: 'Choose a shorter path.' },
  ENOTDIR: {
    meaning: 'a part of the path is a file, not a folder',
    remedy: 'Choose another folder with --output DIR.',
  },
  EISDIR: { meaning: 'it is a folder, not a file', remedy: 'Check the path.' },
  EEXIST: { meaning: 'a file of that name is in the way', remedy: 'Choose another folder with --output DIR.' },
  EMFILE: { meaning: 'too many files are open', remedy: 'Raise the limit with `ulimit -n 4096`.' },
};
