export { createTestDatabase, type DatabaseTemplate, type TestDatabase } from './databases.ts';
export { testPostgresUrl } from './servers.ts';
