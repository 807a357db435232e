/** Signals that are sent to all processes of a run at once. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const ignore = (): void => undefined;
