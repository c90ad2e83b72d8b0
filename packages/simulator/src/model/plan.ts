import type { Random } from '../random.ts';
import type { Beat, Script } from './scripts/script.ts';
import { specialBlocks } from './scripts/special-blocks.ts';

/** How a call goes, before a word of it is written: which beats of the script, in order. */
export type Plan = readonly Beat[];

/** The turns that a plan becomes: a tool takes two, its call and its result. */
export function turnsOf(plan: Plan): number {
  let turns = 0;
  for (const beat of plan) turns += beat[0] === 'tool' ? 2 : 1;
  return turns;
}

/** A turn before it is written. */
interface Voice {
  readonly role: 'user' | 'agent';
  readonly hasText: boolean;
}

/**
 * Who speaks in each turn of a plan, and whether the turn has a text: those with a tool's call or result may have none.
 */
export function voicesOf(plan: Plan): Voice[] {
  return plan.flatMap((beat): Voice[] => {
    if (beat[0] !== 'tool') return [{ role: beat[0], hasText: true }];
    const [, , before, after] = beat;
    return [
      { role: 'agent', hasText: before !== null },
      { role: 'agent', hasText: after !== '' },
    ];
  });
}

/** Draws a whole call of about `turns` turns. `special` is the index of a special block, or null. */
export function drawPlan(random: Random, script: Script, opening: string, turns: number, special: number | null): Plan {
  const plan: Beat[] = [
    ['agent', random.pick(script.greetings)],
    ['user', opening],
  ];
  const endsByTool = random.chance(0.4);
  const limit = turns - (endsByTool ? 4 : 2);
  const add = (block: readonly Beat[]) => {
    plan.push(...block);
    return turnsOf(block);
  };
  let length = 2;
  const [first, ...others] = script.blocks;
  if (first !== undefined && length < limit) length += add(first);
  const specialBlock = special === null ? undefined : specialBlocks[special];
  if (specialBlock !== undefined) length += add(specialBlock);
  let turn = random.int(0, 100);
  while (length < limit) {
    const source = random.chance(0.35) && others.length > 0 ? others : script.fillers;
    length += add(source[turn % source.length] ?? script.fillers[0] ?? []);
    turn += 1;
  }
  plan.push(['user', random.pick(script.thanks)], ['agent', random.pick(script.goodbyes)]);
  if (endsByTool) plan.push(['tool', 'end_call', null, '']);
  return plan;
}

/** A call that reached a mailbox: the detection tool, and no dialogue. */
export const voicemailPlan: Plan = [
  ['user', 'You have reached the mailbox of this number. Please leave a message.'],
  ['tool', 'voicemail', null, ''],
];
