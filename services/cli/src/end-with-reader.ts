/** What it needs of a process. */
export interface EndingProcess {
  readonly stdout: { on: (event: 'error', listener: (error: NodeJS.ErrnoException) => void) => unknown };
  readonly exit: (code: number) => void;
}

/**
 * Ends the process quietly when whoever reads its answer has read enough (`voxport query … | head`): 0, as nothing went
 * wrong. What else happens to stdout is thrown.
 */
export function endWithReader({ stdout, exit }: EndingProcess): void {
  stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    exit(0);
  });
}
