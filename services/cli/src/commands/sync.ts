import type { CommandContext, ExitCode } from '../command-context.ts';
import { syncRequest } from '../export/run-requests.ts';
import { runToEnd } from '../export/run-to-end.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { answer } from './answer.ts';
import { withJsonError } from './with-json-error.ts';
import { watching } from './watch-run.ts';

/** `voxport sync`: one incremental export, to its end. */
export async function sync(
  command: CommandContext,
  options: { source: string | null; json: boolean },
): Promise<ExitCode> {
  const result = await withJsonError(command, options, async (onStopped) => {
    const config = await command.loadConfig({ needsSources: true });
    return withServiceContext(command, { config, sourceId: options.source, service: 'sync' }, (context) =>
      runToEnd(context, { ...syncRequest(), watch: watching(command, options), onStopped }, command.signal),
    );
  });
  return answer(command, result, options.json);
}
