import { englishFillers } from './english-fillers.ts';
import type { Script } from './script.ts';

/** A utility's billing line. */
export const englishBilling: Script = {
  domain: 'billing',
  language: 'en',
  greetings: [
    'Hello, billing department here. What is your question about?',
    'Thank you for calling billing. How can I help?',
  ],
  openings: [
    {
      user: 'I got a bill over {amount} and I do not understand why it is so high.',
      title: 'Question about a high bill',
      summary:
        'The caller asked about a bill over {amount}. The agent explained the items and opened a review under {ticket}.',
    },
    {
      user: 'Hello, I think that I was charged twice this month.',
      title: 'Double charge reported',
      summary: 'The caller reported a double charge of {amount}. The agent confirmed it and arranged a credit.',
    },
    {
      user: 'Hi, can I pay my invoice in two parts?',
      title: 'Payment in instalments',
      summary: 'The caller asked for instalments on {amount}. The agent set up a plan that starts on {date}.',
    },
    {
      user: 'My card has expired. How do I give you the new one?',
      title: 'New payment card',
      summary: 'The caller replaced an expired card. The agent sent a secure link.',
    },
  ],
  blocks: [
    [
      ['agent', 'I will look into that with you. What is your customer number?'],
      ['user', 'One moment, it is {order}.', 'The number is {order}.'],
      [
        'tool',
        'check_invoice',
        'Thank you, I am opening the invoice now.',
        'I see the invoice over {amount}. It contains two months, because the previous reading came late.',
      ],
      ['user', 'So it is not a mistake?', 'Two months? Nobody told me that.'],
      ['agent', 'It is not a mistake, but I understand the surprise. I can spread it over two payments if you like.'],
    ],
    [
      ['user', 'Please put that in writing.', 'I want to dispute it anyway.'],
      [
        'tool',
        'create_ticket',
        'I will open a case for that.',
        'Your case number is {ticket}. A colleague will answer by {date}.',
      ],
    ],
    [
      ['user', 'What tariff am I on?', 'Is there a cheaper plan for me?'],
      [
        'tool',
        'rate_plan',
        null,
        'You are on the basic plan. With your use, the flexible plan would save you about {amount} a year.',
      ],
    ],
    [
      ['user', 'Can you note the new amount in your system?', 'Please update my account.'],
      ['tool', 'crm_update', null, 'I have updated your account, {name}.'],
    ],
  ],
  fillers: englishFillers,
  thanks: [
    'All right, thank you for explaining.',
    'Good, then I will wait for your letter.',
    'Thanks, that clears it up.',
  ],
  goodbyes: ['Thank you for your patience, {name}. Goodbye.', 'You are welcome. Have a good day, {name}.'],
};
