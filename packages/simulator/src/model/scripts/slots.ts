import { mix, type Random } from '../../random.ts';

const names = [
  'Ms. Keller',
  'Mr. Osei',
  'Ms. Lindqvist',
  'Mr. Barros',
  'Ms. Tanaka',
  'Mr. Novak',
  'Ms. Haddad',
  'Mr. Byrne',
  'Ms. Moreau',
  'Mr. Petrov',
  'Ms. Nkosi',
  'Mr. Salas',
];
const cities = ['Leeds', 'Bremen', 'Porto', 'Lyon', 'Kraków', 'Utrecht', 'Málaga', 'Ghent', 'Cork', 'Osaka'];
const products = [
  'coffee grinder',
  'desk lamp',
  'water filter',
  'router',
  'travel bag',
  'air purifier',
  'thermostat',
  'headset',
  'e-bike charger',
  'camera',
];
const dates = [
  'the third of March',
  'Friday',
  'the twelfth',
  'next Monday',
  'the end of the month',
  'Tuesday',
  'the twenty-first',
];
const times = ['a quarter past nine', 'half past ten', 'two o’clock', 'four o’clock', 'noon'];

/** The facts that a call's texts speak about. */
export type Slots = Readonly<
  Record<'name' | 'city' | 'product' | 'date' | 'time' | 'order' | 'ticket' | 'amount', string>
> & {
  readonly amountCents: number;
};

/** Draws the facts of one call. */
export function drawSlots(random: Random): Slots {
  const amountCents = random.int(9_00, 899_99);
  const number = random.int(100_000, 999_999);
  return {
    name: random.pick(names),
    city: random.pick(cities),
    product: random.pick(products),
    date: random.pick(dates),
    time: random.pick(times),
    order: `${String.fromCharCode(65 + (mix(number, 1) % 26))}-${number}`,
    ticket: `T${(mix(number, 2) % 90_000) + 10_000}`,
    amount: `€${(amountCents / 100).toFixed(2)}`,
    amountCents,
  };
}

const compiled = new Map<string, { readonly texts: readonly string[]; readonly keys: readonly (keyof Slots)[] }>();

/** Fills a text's slots. Templates are split once: there are a few hundred, and a call fills about twenty. */
export function fill(template: string, slots: Slots): string {
  if (!template.includes('{')) return template;
  let parts = compiled.get(template);
  if (parts === undefined) {
    const pieces = template.split(/\{(\w+)\}/);
    parts = {
      texts: pieces.filter((_, i) => i % 2 === 0),
      keys: pieces.filter((_, i) => i % 2 === 1) as (keyof Slots)[],
    };
    compiled.set(template, parts);
  }
  let text = parts.texts[0] ?? '';
  for (let i = 0; i < parts.keys.length; i += 1) {
    const key = parts.keys[i];
    if (key !== undefined) text += slots[key];
    text += parts.texts[i + 1] ?? '';
  }
  return text;
}
