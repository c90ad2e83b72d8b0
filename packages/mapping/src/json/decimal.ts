/** A decimal as `digits × 10^-scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function decimalOf(value: number | string): Decimal {
  const match = decimalText.exec(String(value));
  if (match === null) throw new RangeError('not a decimal');
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2] ?? ''}${fraction}` || '0');
  const scale = fraction.length - Number(match[4] ?? 0);
  const signed = match[1] === '-' ? -digits : digits;
  return scale < 0 ? { digits: signed * 10n ** BigInt(-scale), scale: 0 } : { digits: signed, scale };
}

/** True when both texts write the same decimal, whatever their notation (`1e3`, `1000.0`). */
export function isSameDecimal(left: string, right: string): boolean {
  const a = decimalOf(left);
  const b = decimalOf(right);
  const scale = Math.max(a.scale, b.scale);
  return a.digits * 10n ** BigInt(scale - a.scale) === b.digits * 10n ** BigInt(scale - b.scale);
}

/**
 * The exact sum of decimals, as decimal text without an exponent; null when none is given.
 * A lone non-zero addend that is text-exact comes back as it is: most rows have two prices of zero.
 */
export function sumDecimals(values: readonly (number | string | null)[]): number | string | null {
  let known: number | string | null = null;
  let addends: (number | string)[] | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (known === null || known === 0) known = value;
    else if (value !== 0) {
      if (addends === null) addends = [known, value];
      else addends.push(value);
    }
  }
  return addends === null ? known : exactSum(addends);
}

/** A decimal divided by 100, as decimal text. */
export function hundredthOf(value: number | string): string {
  const { digits, scale } = decimalOf(value);
  return textOf({ digits, scale: scale + 2 });
}

function exactSum(addends: readonly (number | string)[]): string {
  const decimals = addends.map(decimalOf);
  let scale = 0;
  for (const decimal of decimals) if (decimal.scale > scale) scale = decimal.scale;
  let sum = 0n;
  for (const decimal of decimals) sum += decimal.digits * 10n ** BigInt(scale - decimal.scale);
  return textOf({ digits: sum, scale });
}

function textOf({ digits, scale }: Decimal): string {
  const isNegative = digits < 0n;
  const text = (isNegative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
