import { snakeJson } from '@voxport/domain';
import { ConfigError, queueStore, type Config } from '@voxport/runtime';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { checkAlertDelivery, checkReceivers } from '../doctor/check-alerts.ts';
import { checkSourceClock } from '../doctor/check-clock.ts';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkPooling } from '../doctor/check-pooling.ts';
import { checkEntities } from '../doctor/check-entities.ts';
import { checkProxy } from '../doctor/check-proxy.ts';
import { checkQueue } from '../doctor/check-queue.ts';
import { checkFleet } from '../doctor/check-fleet.ts';
import { checkRoom } from '../doctor/check-room.ts';
import { checkWebhooks } from '../doctor/check-webhooks.ts';
import { fail, ok, sentence, type Finding } from '../doctor/finding.ts';
import { checkSource } from '../export/check-sources.ts';
import { resolveDatabase } from '../resolve-database.ts';

/**
 * `voxport doctor`: what is in order and what is not, each with its fix. Changes nothing, but starts the embedded
 * Postgres. 1 when something fails.
 */
export async function doctor(command: CommandContext, options: { json: boolean }): Promise<ExitCode> {
  const { config, findings } = await readConfiguration(command);
  if (config !== null) {
    findings.push(...(await checkStores(command, config)), ...checkProxy(config));
    for (const source of config.sources) {
      if (source.mode === 'webhook') {
        findings.push(
          ok(`source ${source.sourceId}`, 'mode: webhook: its API is never asked, webhooks tell of its calls'),
        );
        continue;
      }
      findings.push(await checkAccess(source, command.signal));
      findings.push(...(await checkEntities(source, command.signal)));
      findings.push(...(await checkSourceClock(source, command.signal)));
    }
    findings.push(...(await checkWebhooks(config, command.signal)), ...checkReceivers(config));
  }
  const hasFailed = findings.some(({ status }) => status === 'fail');
  command.print(options.json ? snakeJson({ ok: !hasFailed, checks: findings }) : findings.map(line).join('\n'));
  return hasFailed ? 1 : 0;
}

/** Without a usable key the stores can still be looked at. */
async function readConfiguration({
  loadConfig,
}: CommandContext): Promise<{ config: Config | null; findings: Finding[] }> {
  try {
    const config = await loadConfig({ needsSources: true });
    const names = config.sources.map(({ sourceId }) => sourceId).join(', ');
    return { config, findings: [ok('configuration', `valid; sources: ${names}`)] };
  } catch (error) {
    const findings = problemsOf(error);
    try {
      return { config: { ...(await loadConfig({ needsSources: false })), sources: [] }, findings };
    } catch (worse) {
      if (!(worse instanceof ConfigError)) throw worse;
      return { config: null, findings };
    }
  }
}

function problemsOf(error: unknown): Finding[] {
  if (!(error instanceof ConfigError)) throw error;
  return error.problems.map((problem) => fail('configuration', problem, 'Correct the setting that it names.'));
}

async function checkStores(command: CommandContext, config: Config): Promise<Finding[]> {
  let url: string;
  try {
    url = (await resolveDatabase(config, command)).url;
  } catch (error) {
    if (command.signal.aborted) throw error;
    return [fail('database', sentence(error), 'Remedy what it says, or set DATABASE_URL to a Postgres of your own.')];
  }
  const { queueUrl, databaseDirectUrl = null } = config;
  const { settingName } = queueStore(config, url);
  const isEmbedded = config.databaseUrl === null;
  const place = { queueUrl, settingName, databaseDirectUrl, databaseUrl: url, isEmbedded };
  const database = await checkDatabase(url, command.signal);
  // The same server again would only say the same again.
  const isKnownBroken =
    config.queueUrl === null && database.some(({ check, status }) => check === 'database' && status === 'fail');
  const isAnswering = database.every(({ check, status }) => check !== 'database' || status !== 'fail');
  return [
    ...database,
    ...(isAnswering ? await checkPooling(url, { databaseDirectUrl, queueUrl }) : []),
    ...(isAnswering ? await checkRoom(url, config) : []),
    ...(isKnownBroken ? [] : await checkQueue(place, command.signal)),
    ...(isAnswering ? await checkFleet(url) : []),
    ...(isAnswering ? await checkAlertDelivery(url, config) : []),
  ];
}

async function checkAccess(config: Config['sources'][number], signal: AbortSignal): Promise<Finding> {
  const check = `source ${config.sourceId}`;
  const failure = await checkSource({ config }, signal);
  if (failure === null) return ok(check, `${config.baseUrl} lists conversations with this key and these filters`);
  return fail(check, failure.message, fixes[failure.code] ?? 'Check base_url, dialect and the network.');
}

const fixes: Readonly<Record<string, string>> = {
  unauthorized: 'Set a valid key of this account (and the base_url of its region).',
  forbidden: 'Give the key the permission to read conversations.',
  payment_required: 'Settle the account, or use a key of another one.',
  invalid_request: 'Check base_url and the filters of this source.',
  not_found: 'Check base_url: it must include the prefix of the API.',
};

function line({ check, status, message, remedy }: Finding): string {
  const text = `${status.padEnd(5)} ${check}: ${message}`;
  return remedy === null ? text : `${text}\n      → ${remedy}`;
}
