import { createInterface } from 'node:readline/promises';

/**
 * Asks a question on the terminal (on stderr: stdout belongs to the answer of the command) and resolves with the line
 * that is typed.
 */
export async function askOnTerminal(
  question: string,
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
  signal: AbortSignal,
): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
