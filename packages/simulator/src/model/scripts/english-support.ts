import { englishFillers } from './english-fillers.ts';
import type { Script } from './script.ts';

/** A technical help line. */
export const englishSupport: Script = {
  domain: 'support',
  language: 'en',
  greetings: [
    'Technical support, hello. What seems to be the problem?',
    'Hi, you are through to the help desk. How can I help?',
  ],
  openings: [
    {
      user: 'My {product} does not turn on any more since this morning.',
      title: 'Device does not start',
      summary:
        'The caller reported that a {product} does not start. A reset helped, and {ticket} was opened for follow-up.',
    },
    {
      user: 'The internet drops every evening at about {time}.',
      title: 'Connection drops in the evening',
      summary:
        'The caller reported drops around {time}. The agent measured the line and booked a technician for {date}.',
    },
    {
      user: 'I cannot log in, it says that my password is wrong.',
      title: 'Problem with the login',
      summary: 'The caller could not log in. The agent sent a reset link, which worked.',
    },
    {
      user: 'How do I connect the {product} to my phone?',
      title: 'Help with pairing',
      summary: 'The caller needed help to pair a {product}. The agent went through the steps.',
    },
  ],
  blocks: [
    [
      ['agent', 'Let us find out together. Which light is on at the front of the {product}?'],
      ['user', 'It is blinking red.', 'None at all, I think.'],
      [
        'tool',
        'device_diagnostics',
        'Thank you. I am running a check from here.',
        'The check shows that the {product} lost its settings. A reset should fix that.',
      ],
      ['user', 'And how do I reset it?', 'Okay, what do I press?'],
      ['agent', 'Please hold the small button on the back for ten seconds until the light turns white.'],
      ['user', 'It is white now.', 'Yes, it is starting again.'],
    ],
    [
      ['user', 'Is there a manual for this?', 'Does your website describe that?'],
      [
        'tool',
        'kb_search',
        null,
        'Yes. Our guide says to keep the {product} plugged in during the update. I have sent you the link.',
      ],
    ],
    [
      ['user', 'I would prefer that somebody comes by.', 'Can you send a technician to {city}?'],
      [
        'tool',
        'create_ticket',
        'Of course, I will arrange that.',
        'A technician will be in {city} on {date} at {time}. The reference is {ticket}.',
      ],
    ],
    [
      ['user', 'Can you restart it remotely?', 'Could you try that from your side?'],
      ['tool', 'remote_command', null, 'I have restarted it from here. Give it about two minutes.'],
    ],
  ],
  fillers: englishFillers,
  thanks: ['It works again, thank you!', 'Great, I would never have found that button.', 'Thanks for your patience.'],
  goodbyes: ['Glad that it works, {name}. Goodbye!', 'Happy to help. Goodbye, {name}.'],
};
