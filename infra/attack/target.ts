/** What is attacked, and what the attacker has in hand; what is null leaves the attempts out that need it. */
export interface AttackTarget {
  /** The gateway's address, `http://host:port`. */
  readonly url: string;
  /** The name of a source that is there. */
  readonly sourceId: string;
  /** The operators' token: shows what a logged-in operator's browser, or a wrong request of his, can be made to do. */
  readonly operatorToken: string | null;
  /** A secret of the source's webhooks: shows what a signature is good for, and for how long. */
  readonly webhookSecret: string | null;
  /** URLs of the warehouse by login. */
  readonly databaseUrls: {
    readonly reader: string | null;
    readonly restricted: string | null;
    readonly service: string | null;
    readonly gateway: string | null;
  };
}
