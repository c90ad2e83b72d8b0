import type { CommandContext } from '../command-context.ts';

/**
 * The same edges for a command that is about the demo's tables (`--demo`): nothing of the configured databases and
 * sources is used.
 */
export function aboutDemo(command: CommandContext, isDemo: boolean | undefined): CommandContext {
  if (isDemo !== true) return command;
  return {
    ...command,
    isDemo: true,
    loadConfig: async () => ({
      ...(await command.loadConfig({ needsSources: false })),
      databaseUrl: null,
      queueUrl: null,
      sources: [],
    }),
  };
}
