import type { Block } from './script.ts';

/** Small exchanges that fit every English call: they bring a call to its length. */
export const englishFillers: readonly Block[] = [
  [
    ['user', 'Sorry, could you say that again?', 'I did not catch that, could you repeat it?'],
    [
      'agent',
      'Of course. I said that everything is noted under {order} and nothing else is needed from you right now.',
    ],
  ],
  [
    ['user', 'Is there anything I have to do on my side?', 'Do I need to fill in anything?'],
    ['agent', 'No, that is all taken care of. You will get a confirmation by email within the hour.'],
  ],
  [
    ['user', 'And who do I call if it happens again?', 'What if this comes up again next week?'],
    [
      'agent',
      'You can always reach us on this number, {name}. Mention the reference {ticket} and we will have your history in front of us.',
    ],
  ],
  [
    ['user', 'Can you spell the reference for me?', 'What was the reference again?'],
    ['agent', 'Certainly. The reference is {ticket}. I have also sent it to the address we have on file.'],
  ],
  [
    ['user', 'Does that cost me anything extra?', 'Is there a fee for that?'],
    ['agent', 'There is no extra charge. The total stays at {amount} as agreed.'],
  ],
  [
    ['user', 'How long will that take, roughly?', 'When can I expect to hear back?'],
    ['agent', 'Usually by {date}. If anything changes earlier, we will send you a message.'],
  ],
  [
    ['user', 'My new address is in {city} by the way.', 'I have moved to {city}, is that in your system?'],
    ['agent', 'Thank you, I can see {city} on your profile already, so that is up to date.'],
  ],
  [
    ['user', 'Hold on a second, somebody is at the door.', 'One moment please, let me find my glasses.'],
    ['agent', 'No problem at all, take your time. I am still here.'],
    ['user', 'Okay, I am back.', 'Right, sorry about that.'],
    ['agent', 'Welcome back, {name}. We were just talking about {product}.'],
  ],
  [
    ['user', 'That sounds better than I expected.', 'Good, that is a relief.'],
    ['agent', 'I am glad to hear that. Shall we go on to the next point?'],
    ['user', 'Yes, please.', 'Sure, go ahead.'],
    ['agent', 'Then let me just confirm: your request about {product} is registered, and the date we keep is {date}.'],
  ],
];
