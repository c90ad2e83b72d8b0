import type { Block } from './script.ts';

/**
 * Blocks around the rarer tools, any domain: every second call gets one, in turn, so that a few dozen calls hold every
 * type of tool and every known type of a system tool's result. The keys are rows of the tool catalog.
 */
export const specialBlocks: readonly Block[] = [
  [
    ['user', 'That button you mentioned, can we go through the whole process?'],
    [
      'tool',
      'workflow_return',
      'Let me start the process.',
      'The process has gone through. Two checks were done on the way.',
    ],
  ],
  [
    ['user', 'I think that this is for another department.'],
    ['tool', 'notify_condition_1', null, 'I am the specialist for that. Let us continue.'],
  ],
  [
    ['user', 'Can I speak to somebody who knows contracts?'],
    [
      'tool',
      'transfer_to_agent',
      'I will put you through to my colleague.',
      'Hello, I am the contracts assistant. I have your case {ticket} here.',
    ],
  ],
  [
    ['user', 'Please connect me to a person.'],
    ['tool', 'transfer_to_number_twilio', 'I will connect you now.', 'I am connecting you to a colleague.'],
  ],
  [
    ['user', 'I need the sales team, please.'],
    ['tool', 'transfer_to_number_sip', null, 'I am putting you through to sales.'],
  ],
  [
    ['user', 'Could a human call me back?'],
    ['tool', 'transfer_to_number_exotel', null, 'A colleague is being connected.'],
  ],
  [
    ['user', 'Give me your supervisor.'],
    ['tool', 'transfer_to_number_amazon', null, 'The supervisor will take over.'],
  ],
  [
    ['user', 'Try the other number then.'],
    ['tool', 'transfer_to_number_error', 'I will try.', 'I am sorry, nobody answers there at the moment.'],
  ],
  [
    ['user', 'Sprechen Sie vielleicht auch Deutsch?'],
    ['tool', 'language_detection', null, 'We can go on in the language that you prefer.'],
  ],
  [
    ['user', 'Wait, I am looking for my papers.'],
    ['tool', 'skip_turn', null, 'Take your time.'],
  ],
  [
    ['user', 'There is a menu, press three for service.'],
    ['tool', 'play_dtmf', null, 'I have pressed the key.'],
  ],
  [
    ['user', 'The menu did not react.'],
    ['tool', 'play_dtmf_error', null, 'The key was not accepted, I will wait for the menu.'],
  ],
  [
    ['user', 'What do your terms say about that?'],
    ['tool', 'knowledge_base_rag', 'Let me look that up.', 'Our terms allow that within thirty days.'],
  ],
  [
    ['user', 'Do you have something about warranty?'],
    ['tool', 'knowledge_base', null, 'The warranty is two years.'],
  ],
  [
    ['user', 'Let us do the identity check now.'],
    [
      'tool',
      'start_procedure',
      'I will start the identity check.',
      'Please tell me the last two digits of your number.',
    ],
  ],
  [
    ['user', 'Forty-two. Is the check finished?'],
    ['tool', 'end_procedure', null, 'Yes, the check is complete.'],
  ],
  [
    ['user', 'Stop the check, please.'],
    ['tool', 'end_procedure_error', null, 'There was no check running, we are fine.'],
  ],
  [
    ['user', 'Start the address change procedure.'],
    ['tool', 'start_procedure_error', null, 'I will do that step by step myself.'],
  ],
  [
    ['user', 'Could you put me through to the returns assistant?'],
    ['tool', 'transfer_to_agent_error', null, 'I can help you with that right here.'],
  ],
  [
    ['user', 'Can you work out the total with tax?'],
    ['tool', 'calculate_total', 'One moment, I will calculate that.', 'With tax it comes to {amount}.'],
  ],
  [
    ['user', 'Is the customer record up to date?'],
    ['tool', 'crm_contact', null, 'Your record is up to date, {name}.'],
  ],
  [
    ['user', 'Please leave a message for the owner.'],
    ['tool', 'take_message', null, 'I have passed your message on.'],
  ],
  [
    ['user', 'Do both checks for me, please.'],
    [
      'tool',
      'workflow_deep',
      'I will run both checks.',
      'Both checks are done, and the second one needed a second try.',
    ],
  ],
  [
    ['user', 'Run the test now.'],
    ['tool', 'testing_tool', null, 'The test is finished.'],
  ],
  [
    ['user', 'Anything else on my account?'],
    ['tool', 'dummy_tool', null, 'There is nothing else on your account.'],
  ],
  [
    ['user', 'And what about my previous request?'],
    ['tool', 'workflow_exhausted', 'Let me try to find it.', 'I could not find it in time, I am sorry.'],
  ],
  [
    ['user', 'Could you pass this on to billing?'],
    ['tool', 'notify_condition_2', null, 'Billing here, I can see your case.'],
  ],
];
