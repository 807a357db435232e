/** What doctor found in one place, and what to do about it. */
export interface Finding {
  what: string;
  /** `fail` keeps a run from working, `warn` keeps some specs from showing anything. */
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  remedy?: string;
}

export function ok(what: string, detail: string): Finding {
  return { what, state: 'ok', detail };
}

export function warn(what: string, detail: string, remedy: string): Finding {
  return { what, state: 'warn', detail, remedy };
}

export function fail(what: string, detail: string, remedy: string): Finding {
  return { what, state: 'fail', detail, remedy };
}

/** A finding from something that may throw: the error becomes the detail. */
export async function found(what: string, remedy: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return fail(what, (error as Error).message, remedy);
  }
}
