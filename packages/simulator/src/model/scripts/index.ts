import type { DomainName, Language } from '../types.ts';
import { englishAppointments } from './english-appointments.ts';
import { englishBilling } from './english-billing.ts';
import { englishOrders } from './english-orders.ts';
import { englishSupport } from './english-support.ts';
import { otherLanguages } from './other-languages.ts';
import type { Script } from './script.ts';

const english: Readonly<Record<DomainName, Script>> = {
  orders: englishOrders,
  appointments: englishAppointments,
  billing: englishBilling,
  support: englishSupport,
};

/**
 * The script of an agent's calls in a language. Outside English there is one script a language, whatever the domain.
 */
export function scriptOf(domain: DomainName, language: Language): Script {
  return otherLanguages.find((script) => script.language === language) ?? english[domain];
}
