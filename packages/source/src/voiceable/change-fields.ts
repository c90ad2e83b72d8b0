import { addedFields, baseFields } from '../elevenlabs/change-fields.ts';
import type { ChangeFields } from '../rows/fingerprint.ts';

/**
 * The fields of a voiceable row that tell of a change, in its documented shape and in that of its client; a proxied
 * ElevenLabs field counts too.
 */
export const changeFields: ChangeFields = {
  base: [
    ...baseFields,
    ['created_at', 'text'],
    ['date', 'text'],
    ['duration', 'number'],
    ['metadata.duration', 'number'],
    ['metadata.call_quality', 'text'],
    ['transcript', 'length'],
    ['message', 'text'],
    ['outcome', 'text'],
    ['cost.amount_cents', 'number'],
    ['cost.amount_dollars', 'number'],
  ],
  added: addedFields,
};
