import fc from 'fast-check';
import { entityNames } from '@voxport/domain';
import { expect, test } from 'vitest';
import { entityTables } from '../tables/entities.ts';
import { mapEntity } from './map-entity.ts';

test('an agent becomes a row, and one for each criterion and item of its settings', () => {
  const mapped = mapEntity(
    'agents',
    'a1',
    JSON.stringify({
      summary: { archived: true },
      detail: {
        name: 'Front Desk',
        metadata: { created_at_unix_secs: 1_700_000_000, updated_at_unix_secs: 1_700_000_060 },
        conversation_config: { agent: { prompt: { llm: 'model', prompt: 'Be kind.', tool_ids: ['t1'] } } },
        platform_settings: {
          evaluation: { criteria: [{ id: 'c1', name: 'Polite' }, { name: 'without an id' }] },
          data_collection: { amount: { type: 'number', description: 'Euros' } },
          data_collection_scopes: { amount: 'agent' },
        },
      },
    }),
  );
  expect(mapped).toMatchObject({ since: '2023-11-14T22:14:20.000Z', createdAt: '2023-11-14T22:13:20.000Z' });
  expect(mapped.rows['agents']).toMatchObject([
    { agent_id: 'a1', name: 'Front Desk', is_archived: true, llm: 'model', prompt: 'Be kind.', tool_ids: ['t1'] },
  ]);
  expect(mapped.rows['evaluation_criteria']).toMatchObject([{ agent_id: 'a1', criteria_id: 'c1', name: 'Polite' }]);
  expect(mapped.rows['data_collection_items']).toMatchObject([
    { data_collection_id: 'amount', value_type: 'number', description: 'Euros', scope: 'agent' },
  ]);
});

test('values of headers are not shown', () => {
  const body = {
    id: 't1',
    tool_config: { name: 'lookup', api_schema: { url: 'https://x', request_headers: { authorization: 'secret-1' } } },
  };
  const [row] = mapEntity('tools', 't1', JSON.stringify(body)).rows['tools']!;
  expect(row).toMatchObject({ name: 'lookup', url: 'https://x' });
  expect(row!['settings']).not.toContain('secret-1');
});

test('anything is mapped to columns of the tables, and throws nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...entityNames), fc.jsonValue(), (entity, value) => {
      const { rows } = mapEntity(entity, 'id', JSON.stringify(value));
      for (const [name, found] of Object.entries(rows)) {
        const columns = entityTables[entity].find(({ table }) => table.name === name)!.table.columns;
        for (const row of found) expect(Object.keys(columns)).toEqual(expect.arrayContaining(Object.keys(row)));
      }
    }),
  );
});
