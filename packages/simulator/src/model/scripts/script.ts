import type { DomainName, Language } from '../types.ts';

/**
 * One step of a script: a user or an agent speaks (one of the variants), or a tool is used: a call on one agent turn,
 * its result on the next.
 */
export type Beat =
  | readonly ['user', ...string[]]
  | readonly ['agent', ...string[]]
  | readonly ['tool', key: string, before: string | null, after: string];

export type Block = readonly Beat[];

export interface Opening {
  readonly user: string;
  readonly title: string;
  readonly summary: string;
}

/** What a domain's calls are made of. Texts hold slots such as `{order}`, filled for each call. */
export interface Script {
  readonly domain: DomainName;
  readonly language: Language;
  readonly greetings: readonly string[];
  readonly openings: readonly Opening[];
  readonly blocks: readonly Block[];
  readonly fillers: readonly Block[];
  readonly thanks: readonly string[];
  readonly goodbyes: readonly string[];
}
