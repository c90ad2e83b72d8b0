import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** What there is for a message to name. */
export interface Names {
  /** Settings of the environment, as the configuration reads them. */
  readonly settings: ReadonlySet<string>;
  /** Keys of the file of VOXPORT_CONFIG, at any depth. */
  readonly keys: ReadonlySet<string>;
  /** Whatever else a message may name: schemas, tables, columns, roles, classes of failures, fields of the API. */
  readonly others: ReadonlySet<string>;
}

/** Names that are Postgres's, the vendor's permissions, or examples of what a person makes up. */
const foreign = [
  'max_connections',
  'work_mem',
  'pg_stat_activity',
  'pg_catalog',
  'pg_dump',
  'include_if_exists',
  'default_transaction_read_only',
  'acme_bi',
  'voxport_bi',
  'voxport_query',
  'voxport_reader',
  'voxport_service',
  'convai_read',
  // Parameters of QUEUE_URL.
  'sentinel_username',
  'sentinel_password',
];

/** Settings that HTTP clients of every kind read. */
const everybodys = ['NO_PROXY'];

/** Reads the names from the code of a checkout: a setting is what the configuration asks for, by whatever function. */
export function namesOf(root: string): Names {
  const settings = new Set(everybodys);
  const keys = new Set<string>();
  for (const path of globSync('packages/runtime/src/config/*.ts', { cwd: root })) {
    if (path.endsWith('.test.ts')) continue;
    const { program } = parseSync(path, readFileSync(join(root, path), 'utf8'));
    new Visitor({
      CallExpression({ callee, arguments: given }) {
        const isSchema =
          callee.type === 'MemberExpression' &&
          callee.property.type === 'Identifier' &&
          ['object', 'strictObject'].includes(callee.property.name);
        for (const one of given) {
          if (isSchema && one.type === 'ObjectExpression')
            for (const member of one.properties)
              if (member.type === 'Property' && member.key.type === 'Identifier') keys.add(member.key.name);
          if (one.type === 'Literal' && typeof one.value === 'string' && /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/u.test(one.value))
            settings.add(one.value);
        }
      },
    }).visit(program);
  }
  const text = (pattern: string): string =>
    globSync(pattern, { cwd: root })
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .join('\n');
  const migrations = text('packages/warehouse/src/migrations/*.sql').replaceAll(/--.*$/gmu, '');
  const access = text('packages/warehouse/src/access/access-rules.ts');
  const failures = text('packages/domain/src/failure.ts');
  const api = text('packages/mapping/coverage/targets.ts');
  const words = `${migrations} ${access} ${failures} ${api}`.matchAll(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/gu);
  return { settings, keys, others: new Set([...foreign, ...Array.from(words, ([word]) => word)]) };
}
