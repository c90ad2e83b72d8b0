/** The roles that hold rights. None of them logs in: a login is made a member of one. */
export const accessRoles = ['voxport_app', 'voxport_gateway', 'voxport_bi', 'voxport_bi_restricted'] as const;
export type AccessRole = (typeof accessRoles)[number];

/** The schemas whose rights are kept; the queue's own, where the queue is in a Postgres, is granted beside them. */
export const ourSchemas = ['voxport', 'voxport_raw', 'voxport_ops', 'voxport_restricted'] as const;
export type OurSchema = (typeof ourSchemas)[number];

export type TableRight = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** What a role may do on the tables and views of a schema: on all of them, or on those that are named. */
export interface AccessRule {
  readonly role: AccessRole;
  readonly schema: OurSchema;
  /** Left out: every table and view of the schema, later ones too. Named ones count instead of that. */
  readonly tables?: readonly string[];
  /** Views can only be read, whatever stands here. */
  readonly rights: readonly TableRight[];
}

const read = ['SELECT'] as const;
const write = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/**
 * Who may do what. Nobody but the owner may create, change or drop anything; no role has a right on files, programs or
 * roles. The gateway faces the internet: it lands what webhooks bring and writes what operators ask for, and deletes
 * nothing but its own samples, the note of a recording that came before its conversation, and an event that could not
 * be read when it is read again.
 */
const accessRules: readonly AccessRule[] = [
  { role: 'voxport_app', schema: 'voxport', rights: write },
  { role: 'voxport_app', schema: 'voxport_raw', rights: write },
  { role: 'voxport_app', schema: 'voxport_ops', rights: write },
  { role: 'voxport_app', schema: 'voxport_ops', tables: ['migrations', 'migrations_lock'], rights: read },
  // Digests are made by a function of the owner's: who holds the key could try every number.
  { role: 'voxport_app', schema: 'voxport_ops', tables: ['identity_key'], rights: [] },
  { role: 'voxport_gateway', schema: 'voxport_ops', tables: ['identity_key', 'replaced_identities'], rights: [] },
  { role: 'voxport_gateway', schema: 'voxport', rights: read },
  {
    role: 'voxport_gateway',
    schema: 'voxport',
    tables: ['recordings', 'initiation_failures'],
    rights: ['SELECT', 'INSERT', 'UPDATE'],
  },
  { role: 'voxport_gateway', schema: 'voxport_raw', rights: ['SELECT', 'INSERT', 'UPDATE'] },
  { role: 'voxport_gateway', schema: 'voxport_ops', rights: read },
  {
    role: 'voxport_gateway',
    schema: 'voxport_ops',
    tables: [
      'failures',
      'inventory',
      'recording_removals',
      // Triggers of the inventory write them.
      'inventory_count_changes',
      'run_count_changes',
      'runs',
      'sources',
      'windows',
    ],
    rights: ['SELECT', 'INSERT', 'UPDATE'],
  },
  {
    role: 'voxport_gateway',
    schema: 'voxport_ops',
    tables: ['samples', 'received_recordings', 'webhook_events'],
    rights: write,
  },
  { role: 'voxport_bi', schema: 'voxport', rights: read },
  { role: 'voxport_bi_restricted', schema: 'voxport_restricted', rights: read },
];

/** Whether a role has rights in a schema at all. */
export function mayUseSchema(role: AccessRole, schema: OurSchema): boolean {
  return accessRules.some((rule) => rule.role === role && rule.schema === schema);
}

/** The rights of a role on a table or view: of the rule that names it, else of the rule for its schema. */
export function rightsOn(
  role: AccessRole,
  relation: { readonly schema: string; readonly name: string; readonly isTable: boolean },
): readonly TableRight[] {
  const rules = accessRules.filter((rule) => rule.role === role && rule.schema === relation.schema);
  const rule =
    rules.find(({ tables }) => tables?.includes(relation.name)) ?? rules.find(({ tables }) => tables === undefined);
  if (rule === undefined) return [];
  return relation.isTable ? rule.rights : rule.rights.filter((right) => right === 'SELECT');
}

/** The roles that work with the queue, where it runs in a Postgres. */
export const queueRoles: readonly AccessRole[] = ['voxport_app', 'voxport_gateway'];

/** What an administrator runs where `migrate` may not create roles: once a server, before the next `migrate`. */
export const createRolesSql = accessRoles.map((role) => `create role ${role} nologin;`).join('\n');
