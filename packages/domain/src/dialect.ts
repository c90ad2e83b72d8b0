/** The APIs that a source may speak. */
export const dialects = ['elevenlabs', 'voiceable'] as const;
export type Dialect = (typeof dialects)[number];
