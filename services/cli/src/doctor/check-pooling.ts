import { readPooling } from '@voxport/warehouse';
import { fail, ok, warn, type Finding } from './finding.ts';

/**
 * Finds out whether a pooler stands before the database, and says what is possible by it. Nothing to say where there is
 * none.
 */
export async function checkPooling(
  url: string,
  { databaseDirectUrl, queueUrl }: { readonly databaseDirectUrl: string | null; readonly queueUrl: string | null },
): Promise<Finding[]> {
  const pooling = await readPooling(url);
  const direct = databaseDirectUrl === null ? 'none' : await readPooling(databaseDirectUrl);
  const findings: Finding[] = [];
  if (direct === 'transaction') {
    findings.push(
      fail(
        'direct address',
        'DATABASE_DIRECT_URL leads through a pooler in transaction mode too',
        'Set it to the address of the server itself, or of a pooler in session mode.',
      ),
    );
  }
  if (pooling === 'none') return findings;
  if (pooling === 'session') {
    return [...findings, ok('pooler', 'one in session mode stands before the database: everything works through it')];
  }
  const isQueueElsewhere = queueUrl !== null && queueUrl !== databaseDirectUrl;
  const message = 'one in transaction mode stands before the database: it keeps no sessions';
  if (databaseDirectUrl !== null || isQueueElsewhere) {
    return [
      ...findings,
      ok(
        'pooler',
        `${message}. The services work through it, with the queue ${isQueueElsewhere ? 'at QUEUE_URL' : 'by DATABASE_DIRECT_URL'}`,
      ),
      ...(databaseDirectUrl === null
        ? [
            warn(
              'direct address',
              'migrations run through the pooler, which may end one that takes long',
              'Set DATABASE_DIRECT_URL to the address of the server itself.',
            ),
          ]
        : []),
    ];
  }
  return [
    ...findings,
    fail(
      'pooler',
      `${message}, and the queue in this database needs them (LISTEN)`,
      'Set DATABASE_DIRECT_URL to the address of the server itself or of a pooler in session mode, or QUEUE_URL to a Redis.',
    ),
  ];
}
