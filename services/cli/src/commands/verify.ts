import { snakeJson } from '@voxport/domain';
import type { SourceContext } from '@voxport/runtime';
import { dayWindows, openVerifier, type Healing, type VerifiedWindow } from '@voxport/scheduler';
import { startRun } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { polledSources } from '../export/polled-sources.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { verificationJson, verificationText, type VerifiedSource } from '../report/verify-report.ts';

export interface VerifyOptions {
  readonly range: { readonly after: Date; readonly before: Date };
  readonly source: string | null;
  readonly heal: boolean;
  readonly json: boolean;
}

/**
 * `voxport verify`: lists a range again, window by window, and compares it with the tables. 1 when gaps were found and
 * not healed.
 */
export async function verify(command: CommandContext, options: VerifyOptions): Promise<ExitCode> {
  const { range, heal, json } = options;
  const config = await command.loadConfig({ needsSources: true });
  return withServiceContext<ExitCode>(
    command,
    { config, sourceId: options.source, service: 'verify' },
    async (context) => {
      const { kysely } = context.database;
      const healingOf = ({ config: { sourceId, filters } }: SourceContext): Healing => {
        let runId: Promise<number> | null = null;
        return {
          runId: () => (runId ??= startRun(kysely, { kind: 'heal', sourceId, range, filters })),
          extraMax: Number.POSITIVE_INFINITY,
        };
      };
      const sources: VerifiedSource[] = [];
      for (const source of polledSources(context.sources, 'be verified', command.note)) {
        await using verifier = await openVerifier(context, source);
        const windows: VerifiedWindow[] = await verifier.verifyWindows(
          dayWindows(range),
          heal ? healingOf(source) : null,
          command.signal,
        );
        sources.push({ sourceId: source.config.sourceId, windows });
      }
      command.print(
        json
          ? snakeJson(verificationJson(sources))
          : verificationText(sources, { isHealed: heal, columns: command.columns }),
      );
      const gaps = sources
        .flatMap(({ windows }) => windows)
        .filter(({ certificate: { missing, stale, extra, healed } }) => missing + stale + extra > healed);
      return gaps.length > 0 ? 1 : 0;
    },
  );
}
