import { makeRandom, mix } from '../random.ts';
import type { Outline } from './outline.ts';
import { fill } from './scripts/slots.ts';
import type { Analysis, DataPoint, DomainName, Evaluation, Json, Success } from './types.ts';
import type { World } from './world.ts';

const criteria: Readonly<Record<DomainName, readonly string[]>> = {
  orders: ['order_found', 'polite_tone', 'next_step_named'],
  appointments: ['appointment_made', 'polite_tone', 'data_confirmed'],
  billing: ['bill_explained', 'polite_tone', 'no_promise_beyond_policy'],
  support: ['problem_solved', 'polite_tone', 'steps_in_order'],
};

const rationales: Readonly<Record<Success, string>> = {
  success: 'The transcript shows that the agent did this.',
  failure: 'The agent left this out, or the caller had to ask twice.',
  unknown: 'The transcript does not tell.',
};

/** A criterion as the settings of its agent have it. */
export function criteriaOf(domain: DomainName) {
  return criteria[domain].map((id, place) => ({
    id,
    name: id.replaceAll('_', ' '),
    prompt: `Judge whether the agent did this: ${id.replaceAll('_', ' ')}.`,
    scoringMode: place === 1 ? 'numeric_uniform' : 'binary',
    maxScore: place === 1 ? 5 : null,
  }));
}

/** What is collected from the calls of every agent, as its settings have it. */
export const dataItems = [
  { id: 'caller_name', type: 'string', description: 'Name of the caller', allowed: null },
  { id: 'amount', type: 'number', description: 'Amount in euros', allowed: null },
  { id: 'contacts_before', type: 'integer', description: 'How often the caller has called before', allowed: null },
  { id: 'wants_callback', type: 'boolean', description: 'Wants a call back', allowed: null },
  { id: 'address', type: 'string', description: 'Address', allowed: null },
  { id: 'topics', type: 'string', description: 'Topics', allowed: ['orders', 'appointments', 'billing', 'support'] },
] as const;

/** The data points of every domain: between them a value of each JSON type. */
type DrawnPoint = readonly [id: string, name: string | null, schemaType: string, value: Json, rationale: string];

/** The summary of a call: another text for each revision of the analysis. */
export function summaryOf(outline: Outline): string {
  const summary = fill(outline.opening.summary, outline.slots);
  return outline.analysisRevision > 0 ? `${summary} (Analysed again, revision ${outline.analysisRevision}.)` : summary;
}

/** The title of a call; one in twenty has none. */
export function titleOf(outline: Outline): string | null {
  return outline.index % 20 === 7 ? null : outline.opening.title;
}

/** Computes the analysis of a call; another revision of the same call gives another analysis. */
export function analysisOf(world: World, outline: Outline): Analysis {
  const random = makeRandom(mix(mix(world.seed, 0xa4 + outline.analysisRevision * 257), outline.index));
  const { slots } = outline;
  const evaluations: Evaluation[] = [];
  if (random.chance(0.85))
    for (const [place, id] of criteria[outline.agent.domain].entries()) {
      const result =
        place === 0 ? outline.success : random.pick<Success>(['success', 'success', 'success', 'failure', 'unknown']);
      const mode = place === 1 ? 'numeric_uniform' : random.chance(0.8) ? 'binary' : null;
      const score =
        mode === 'numeric_uniform'
          ? random.int(0, 50) / 10
          : mode === 'binary' && result !== 'unknown'
            ? result === 'success'
              ? 1
              : 0
            : null;
      const maxScore = mode === 'numeric_uniform' ? 5 : mode === 'binary' ? 1 : null;
      evaluations.push({ id, result, rationale: rationales[result], scoringMode: mode, score, maxScore });
    }
  const isKnown = random.chance(0.8);
  const drawn: DrawnPoint[] = [
    [
      'caller_name',
      'Name of the caller',
      'string',
      isKnown ? slots.name : null,
      isKnown ? 'The caller said so.' : 'Not mentioned.',
    ],
    ['amount', 'Amount in euros', 'number', slots.amountCents / 100, 'Mentioned by the agent.'],
    ['contacts_before', null, 'integer', random.int(0, 4), 'The caller mentioned earlier calls.'],
    ['wants_callback', 'Wants a call back', 'boolean', random.chance(0.3), 'Said at the end.'],
    [
      'address',
      'Address',
      'string',
      { city: slots.city, is_new: random.chance(0.5), floor: null },
      'Pieced together from two answers.',
    ],
    ['topics', 'Topics', 'string', [outline.agent.domain, slots.product, random.int(1, 9)], 'All topics in order.'],
  ];
  const dataPoints: DataPoint[] = random.chance(0.8)
    ? drawn.map(([id, name, schemaType, value, rationale]) => ({ id, name, schemaType, value, rationale }))
    : [];
  return {
    success: outline.success,
    successScore: outline.successScore,
    title: titleOf(outline),
    summary: summaryOf(outline),
    evaluations,
    dataPoints,
    sentiment: outline.sentiment,
  };
}
