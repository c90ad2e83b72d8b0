import type { Attempt } from './attempt.ts';
import { attackDatabase } from './attack-database.ts';
import { attackGateway } from './attack-gateway.ts';
import { attackLogin } from './attack-login.ts';
import type { AttackTarget } from './target.ts';

/**
 * Tries everything against a running instance; what is found broken is no error. Leaves nothing behind but wrong tokens
 * and refused webhooks in its log and metrics. `note` is told what comes next. Not for an instance that must answer
 * meanwhile: for a minute it is kept busy.
 */
export async function attack(target: AttackTarget, note: (text: string) => void): Promise<Attempt[]> {
  note('The gateway, from outside.');
  const gateway = await attackGateway(target);
  note("The operators' token and sessions.");
  const login = await attackLogin(target);
  note('The database, by each login.');
  return [...gateway, ...login, ...(await attackDatabase(target))];
}
