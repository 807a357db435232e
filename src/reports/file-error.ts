const CAUSES: Partial<Record<string, string>> = {
  ENOSPC: 'no space is left on the device; free some, or choose a directory on another one',
  EDQUOT: 'the disk quota is used up; free some space, or choose another directory',
  EFBIG: 'the file would exceed the limit on file sizes; raise it (ulimit -f)',
  EACCES: 'permission is denied; choose a directory that this user may write to',
  EPERM: 'the operation is not permitted; choose a directory that this user may write to',
  EROFS: 'the file system is read-only; choose another directory',
  ENOENT: 'there is no such file or directory; check the path',
  ENOTDIR: 'a part of the path is a file, not a directory; choose another directory',
  EEXIST: 'a part of the path is a file, not a directory; choose another directory',
  EISDIR: 'it is a directory; name the file in it',
  EIO: 'the device reports an I/O error; check it, or choose another directory',
};

/** A report that could not be written or read. The message names the file, the cause and the next step. */
export class ReportFileError extends Error {
  override readonly name = 'ReportFileError';

  constructor(
    action: 'read' | 'write',
    readonly path: string,
    why: string,
    cause?: unknown,
  ) {
    super(`cannot ${action} ${path}: ${why}`, cause === undefined ? undefined : { cause });
  }

  /** From an error of the file system, its code translated into a cause and a next step. */
  static from(action: 'read' | 'write', path: string, cause: unknown): ReportFileError {
    if (cause instanceof ReportFileError) return cause;
    const code = (cause as NodeJS.ErrnoException).code;
    const known = code === undefined ? undefined : CAUSES[code];
    const message = cause instanceof Error ? cause.message : String(cause);
    return new ReportFileError(action, path, known === undefined ? message : `${known} (${code ?? ''})`, cause);
  }
}
