/**
 * A range for `startSimulator` that lies still: every call of it is over, and the same calls are there whenever it is
 * asked.
 */
export const pastMonth = { startUnixSecs: Date.UTC(2026, 8, 1) / 1000, endUnixSecs: Date.UTC(2026, 9, 1) / 1000 };
