export type Tuning = 'default' | 'test';

const gibibyte = 1024 ** 3;

/**
 * The server's settings as text for a file that `postgresql.conf` includes. What an operator sets with ALTER SYSTEM
 * wins over it. `totalMemoryBytes` is the machine's.
 */
export function settingsText(options: {
  port: number;
  socketDir: string | null;
  totalMemoryBytes: number;
  tuning: Tuning;
}): string {
  const small = options.totalMemoryBytes < 4 * gibibyte;
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port: options.port,
    unix_socket_directories: options.socketDir ?? '',
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    // Several processes with a pool each, and with the queue on Postgres a LISTEN connection for each consumer.
    max_connections: 200,
    shared_buffers: small ? '128MB' : '256MB',
    effective_cache_size: small ? '512MB' : '1GB',
    work_mem: '16MB',
    maintenance_work_mem: small ? '64MB' : '128MB',
    random_page_cost: 1.1,
    // Loading writes in bursts: few, wide checkpoints, and full-page images compressed. These builds know no lz4.
    max_wal_size: '2GB',
    min_wal_size: '128MB',
    wal_compression: 'pglz',
    checkpoint_timeout: '15min',
    // Compiling costs more than it gains on queries of this size.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // A statement's error goes to its client. In the log it would repeat what transcripts hold, and a client
    // that retries in a loop would fill the disk; the server's own events rank above and are kept.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    ...(options.tuning === 'test' ? { fsync: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' } : {}),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}`);
  return `# Written by Voxport at every start: change settings with ALTER SYSTEM instead.\n${lines.join('\n')}\n`;
}

function quoted(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
