import { stat } from 'node:fs/promises';

/** Whether a path on the host is there. Needs `host-access`. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether a path on the host is a directory. Needs `host-access`. */
export const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
