import { hundredthOf } from '../json/decimal.ts';
import { amount } from '../read/quantity.ts';
import type { Reading } from '../read/reading.ts';
import { record } from '../read/record.ts';

/**
 * US dollars from the proxy's `cost {amount_cents, amount_dollars}`: the dollars, else the cents moved by two places,
 * digit for digit.
 */
export function costUsd(reading: Reading, value: unknown): number | string | null {
  const cost = record(reading, value, 'cost');
  if (cost === null) return null;
  const dollars = amount(reading, cost['amount_dollars'], 'cost.amount_dollars');
  if (dollars !== null) return dollars;
  const cents = amount(reading, cost['amount_cents'], 'cost.amount_cents');
  return cents === null ? null : hundredthOf(cents);
}
