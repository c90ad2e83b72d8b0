import { englishFillers } from './english-fillers.ts';
import type { Script } from './script.ts';

/** A shop's order desk. */
export const englishOrders: Script = {
  domain: 'orders',
  language: 'en',
  greetings: [
    'Hello, this is the order desk. How can I help you today?',
    'Good day, you have reached order services. What can I do for you?',
  ],
  openings: [
    {
      user: 'Hi, my {product} was supposed to arrive yesterday and it is not here.',
      title: 'Late delivery of an order',
      summary:
        'The caller asked where order {order} is. The agent looked it up and gave {date} as the new delivery date.',
    },
    {
      user: 'Hello, I would like to send back the {product} that I bought last week.',
      title: 'Return of an order',
      summary:
        'The caller wanted to return a {product} from order {order}. The agent arranged the return and sent a label.',
    },
    {
      user: 'I ordered two of the {product}, but only one was in the parcel.',
      title: 'Missing item in a parcel',
      summary:
        'One item of order {order} was missing. The agent registered the missing item and promised it for {date}.',
    },
    {
      user: 'Can I still change the address for my order? It should go to {city}.',
      title: 'Change of a delivery address',
      summary: 'The caller asked to redirect order {order} to {city}. The agent changed the address before dispatch.',
    },
  ],
  blocks: [
    [
      ['agent', 'I am sorry to hear that. Could you tell me your order number, please?'],
      ['user', 'It is {order}.', 'Yes, {order}, from the confirmation email.'],
      [
        'tool',
        'lookup_order',
        'Thank you, one moment while I look that up.',
        'I found it, {name}. Your order is with the carrier and will be with you on {date}.',
      ],
      ['user', 'Okay, and why is it late?', 'What happened to it?'],
      ['agent', 'The parcel missed its connection at the depot near {city}. It was scanned again this morning.'],
    ],
    [
      ['user', 'Could you show me the status on my phone?', 'Can I see that somewhere?'],
      [
        'tool',
        'show_order_status',
        null,
        'I have just put the tracking page on your screen. You can see each stop there.',
      ],
    ],
    [
      ['user', 'Then I would rather have my money back.', 'Could I get a refund for the shipping?'],
      [
        'tool',
        'start_return',
        'I understand. Let me start that for you.',
        'The refund of {amount} is on its way and should be on your account by {date}.',
      ],
    ],
    [
      ['user', 'Do you have the {product} in another colour?', 'Is the {product} in stock in {city}?'],
      ['tool', 'shop_stock', 'Let me check the stock for you.', 'Yes, we have it in stock, and it costs {amount}.'],
    ],
  ],
  fillers: englishFillers,
  thanks: ['Great, thank you very much.', 'Perfect, that is all I needed.', 'Thanks, you have been really helpful.'],
  goodbyes: ['You are welcome, {name}. Have a lovely day. Goodbye!', 'Thank you for calling. Goodbye, {name}!'],
};
