import { englishFillers } from './english-fillers.ts';
import type { Script } from './script.ts';

/** A practice's front desk. */
export const englishAppointments: Script = {
  domain: 'appointments',
  language: 'en',
  greetings: [
    'Welcome to the practice. Would you like to book, change or cancel an appointment?',
    'Hello, this is the front desk. How may I help?',
  ],
  openings: [
    {
      user: 'Good morning, I need an appointment for a check-up, ideally next week.',
      title: 'Booking of a check-up',
      summary: 'The caller booked a check-up. The agent offered free times and reserved {date} at {time}.',
    },
    {
      user: 'Hi, I have to move my appointment on Thursday, something came up at work.',
      title: 'Appointment moved',
      summary: 'The caller moved an appointment. The new time is {date} at {time}.',
    },
    {
      user: 'I would like to cancel my appointment, please.',
      title: 'Appointment cancelled',
      summary: 'The caller cancelled an appointment and was told how to book again.',
    },
    {
      user: 'Hello, do you also take new patients in {city}?',
      title: 'Question about new patients',
      summary:
        'The caller asked whether the practice in {city} takes new patients. The agent confirmed and registered the caller.',
    },
  ],
  blocks: [
    [
      ['agent', 'Gladly. May I have your name and date of birth?'],
      ['user', 'My name is {name}, born on the fourth of May.', 'It is {name}, and the birthday is in the file.'],
      [
        'tool',
        'find_patient',
        'Thank you, let me find your record.',
        'I have found you, {name}. You were last here in the spring.',
      ],
    ],
    [
      ['user', 'What times do you have?', 'Is there anything in the afternoon?'],
      [
        'tool',
        'find_slots',
        'Let me see what is free.',
        'I could offer you {date} at {time}, or the day after in the morning.',
      ],
      ['user', '{date} at {time} works for me.', 'The first one is fine.'],
      ['tool', 'book_appointment', null, 'Done. You are booked for {date} at {time}.'],
    ],
    [
      ['user', 'Could you send me a reminder?', 'Will I get a text message the day before?'],
      ['tool', 'send_reminder', null, 'Yes, I have set a reminder by text message for the day before.'],
    ],
    [
      ['user', 'Do I have to bring anything?', 'Where can I park?'],
      ['agent', 'Please bring your insurance card. There is a car park right behind the building, free for two hours.'],
    ],
  ],
  fillers: englishFillers,
  thanks: ['Wonderful, see you then.', 'Thank you, that was quick.', 'Lovely, thanks for your help.'],
  goodbyes: ['See you on {date}, {name}. Goodbye!', 'Take care, {name}. Goodbye.'],
};
