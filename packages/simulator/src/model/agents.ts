import { makeRandom, mix, vendorId } from '../random.ts';
import type { DomainName } from './types.ts';

/** A language model as the price list knows it; prices in billionths of a US dollar a token. */
export interface LanguageModel {
  readonly name: string;
  readonly inputNanoUsd: number;
  readonly cacheReadNanoUsd: number;
  readonly cacheWriteNanoUsd: number;
  readonly outputNanoUsd: number;
}

const models: readonly LanguageModel[] = [
  { name: 'gemini-2.5-flash', inputNanoUsd: 150, cacheReadNanoUsd: 38, cacheWriteNanoUsd: 0, outputNanoUsd: 600 },
  { name: 'gpt-4.1-mini', inputNanoUsd: 400, cacheReadNanoUsd: 100, cacheWriteNanoUsd: 0, outputNanoUsd: 1600 },
  { name: 'claude-haiku-4-5', inputNanoUsd: 1000, cacheReadNanoUsd: 100, cacheWriteNanoUsd: 1250, outputNanoUsd: 5000 },
  { name: 'gpt-4o', inputNanoUsd: 2500, cacheReadNanoUsd: 1250, cacheWriteNanoUsd: 0, outputNanoUsd: 10_000 },
  { name: 'qwen3-30b-a3b', inputNanoUsd: 100, cacheReadNanoUsd: 20, cacheWriteNanoUsd: 0, outputNanoUsd: 300 },
];

/** A voice agent of the workspace. */
export interface Agent {
  readonly index: number;
  readonly agentId: string;
  readonly name: string;
  readonly domain: DomainName;
  readonly branchIds: readonly [string, string];
  readonly versionIds: readonly [string, string, string];
  readonly nodeIds: readonly [string, string, string, string];
  readonly model: LanguageModel;
  readonly fallbackModel: LanguageModel;
  readonly voiceIds: readonly [string, string];
  readonly ttsModel: string;
  readonly asrModel: string;
  readonly phoneNumberId: string;
  readonly phoneNumber: string;
  readonly createdFrom: string;
  readonly updatedFrom: string;
  readonly hasWorkflow: boolean;
  readonly isOldVersion: boolean;
}

const domains: readonly DomainName[] = ['orders', 'appointments', 'billing', 'support'];
const names: Readonly<Record<DomainName, readonly string[]>> = {
  orders: ['Order Desk', 'Returns Desk', 'Shop Assistant'],
  appointments: ['Front Desk', 'Appointment Line', 'Practice Reception'],
  billing: ['Billing Line', 'Payments Desk', 'Accounts Desk'],
  support: ['Technical Support', 'Help Desk', 'Device Doctor'],
};

/** The agents of a seed: the same number gives the same agents, and a larger number only adds to them. */
export function makeAgents(seed: number, count: number): readonly Agent[] {
  return Array.from({ length: count }, (_, index) => {
    const state = mix(mix(seed, 0xa6), index);
    const random = makeRandom(state);
    const domain = domains[index % domains.length] ?? 'support';
    const round = Math.floor(index / domains.length);
    const label = names[domain][round % names[domain].length] ?? domain;
    const id = (prefix: string, n: number) => vendorId(prefix, mix(state, n));
    const voice = () => `v${vendorId('', random.int(0, 1e9)).slice(6, 25)}`;
    return {
      index,
      agentId: id('agent', 1),
      name: round < names[domain].length ? label : `${label} ${round}`,
      domain,
      branchIds: [id('agtbrch', 2), id('agtbrch', 3)],
      versionIds: [id('agtvrsn', 4), id('agtvrsn', 5), id('agtvrsn', 6)],
      nodeIds: [id('node', 7), id('node', 8), id('node', 9), id('node', 10)],
      model: models[index % models.length] ?? random.pick(models),
      fallbackModel: models[(index + 1) % models.length] ?? random.pick(models),
      voiceIds: [voice(), voice()],
      ttsModel: random.pick(['eleven_flash_v2', 'eleven_flash_v2_5', 'eleven_turbo_v2_5', 'eleven_v3_conversational']),
      asrModel: random.pick(['scribe_realtime', 'scribe_v2']),
      phoneNumberId: id('phnum', 11),
      phoneNumber: `+4420794${String(random.int(10_000, 99_999))}`,
      createdFrom: random.pick(['api', 'ui', 'cli', 'template']),
      updatedFrom: random.pick(['api', 'ui', 'cli']),
      hasWorkflow: index % 2 === 0,
      // Calls of such an agent still have the flat shape of the turn metrics.
      isOldVersion: index % 5 === 4,
    };
  });
}
