/** The demo has a database of its own, so that its calls never stand beside real ones. */
export const demoDatabaseName = 'voxport_demo';
