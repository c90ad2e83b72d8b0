import type { Script } from './script.ts';

const german: Script = {
  domain: 'orders',
  language: 'de',
  greetings: ['Guten Tag, hier ist der Bestellservice. Wie kann ich Ihnen helfen?'],
  openings: [
    {
      user: 'Guten Tag, mein Paket mit {product} ist immer noch nicht angekommen.',
      title: 'Verspätete Lieferung',
      summary: 'Der Anrufer fragte nach der Bestellung {order}. Neuer Liefertermin ist der {date}.',
    },
    {
      user: 'Hallo, ich möchte meine Bestellung zurückgeben.',
      title: 'Rückgabe einer Bestellung',
      summary: 'Der Anrufer möchte die Bestellung {order} zurückgeben. Ein Etikett wurde verschickt.',
    },
  ],
  blocks: [
    [
      ['agent', 'Das tut mir leid. Nennen Sie mir bitte Ihre Bestellnummer?'],
      ['user', 'Ja, das ist die {order}.'],
      [
        'tool',
        'lookup_order',
        'Einen Moment bitte, ich schaue nach.',
        'Ich habe sie gefunden. Die Lieferung kommt am {date} nach {city}.',
      ],
    ],
    [
      ['user', 'Können Sie mir das schriftlich geben?'],
      ['tool', 'create_ticket', null, 'Gern, der Vorgang hat die Nummer {ticket}.'],
    ],
  ],
  fillers: [
    [
      ['user', 'Kostet das etwas extra?'],
      ['agent', 'Nein, es bleibt bei {amount}.'],
    ],
    [
      ['user', 'Wie lange dauert das ungefähr?'],
      ['agent', 'In der Regel bis zum {date}. Wir melden uns, falls sich etwas ändert.'],
    ],
    [
      ['user', 'Könnten Sie das bitte wiederholen?'],
      ['agent', 'Natürlich. Alles ist unter {order} vermerkt, für Sie ist nichts weiter zu tun.'],
    ],
  ],
  thanks: ['Prima, vielen Dank.', 'Danke, das war alles.'],
  goodbyes: ['Sehr gern, {name}. Auf Wiederhören!', 'Vielen Dank für Ihren Anruf. Schöne Grüße!'],
};

const spanish: Script = {
  domain: 'billing',
  language: 'es',
  greetings: ['Buenos días, departamento de facturación. ¿En qué puedo ayudarle?'],
  openings: [
    {
      user: 'Hola, he recibido una factura de {amount} y no la entiendo.',
      title: 'Consulta sobre una factura',
      summary: 'El cliente preguntó por una factura de {amount}. El agente explicó los conceptos.',
    },
    {
      user: 'Buenas, creo que me han cobrado dos veces este mes.',
      title: 'Cobro duplicado',
      summary: 'El cliente comunicó un cobro doble de {amount}. Se abrió el caso {ticket}.',
    },
  ],
  blocks: [
    [
      ['agent', 'Vamos a verlo juntos. ¿Me dice su número de cliente?'],
      ['user', 'Sí, es el {order}.'],
      [
        'tool',
        'check_invoice',
        'Gracias, un momento por favor.',
        'Ya la veo. La factura incluye dos meses, por eso suma {amount}.',
      ],
    ],
    [
      ['user', '¿Me lo puede confirmar por escrito?'],
      ['tool', 'create_ticket', null, 'Claro, el número del caso es {ticket}.'],
    ],
  ],
  fillers: [
    [
      ['user', '¿Eso tiene algún coste?'],
      ['agent', 'No, no hay ningún cargo adicional.'],
    ],
    [
      ['user', '¿Cuándo tendré una respuesta?'],
      ['agent', 'Normalmente antes del {date}, {name}.'],
    ],
    [
      ['user', '¿Puede repetirlo, por favor?'],
      ['agent', 'Por supuesto: todo queda registrado con la referencia {ticket}.'],
    ],
  ],
  thanks: ['Muchas gracias por la explicación.', 'Perfecto, gracias.'],
  goodbyes: ['De nada, {name}. ¡Que tenga un buen día!'],
};

const french: Script = {
  domain: 'appointments',
  language: 'fr',
  greetings: ['Bonjour, cabinet médical. Souhaitez-vous prendre, déplacer ou annuler un rendez-vous ?'],
  openings: [
    {
      user: 'Bonjour, je voudrais un rendez-vous la semaine prochaine.',
      title: 'Prise de rendez-vous',
      summary: 'Rendez-vous pris pour le {date} à {time}.',
    },
    {
      user: 'Bonjour, je dois déplacer mon rendez-vous de jeudi.',
      title: 'Rendez-vous déplacé',
      summary: 'Le rendez-vous a été déplacé au {date} à {time}.',
    },
  ],
  blocks: [
    [
      ['user', 'Quels créneaux avez-vous ?'],
      ['tool', 'find_slots', 'Je regarde les disponibilités.', 'Je peux vous proposer le {date} à {time}.'],
      ['user', 'Parfait, je le prends.'],
      ['tool', 'book_appointment', null, 'C’est noté, {name} : le {date} à {time}.'],
    ],
    [
      ['user', 'Recevrai-je un rappel ?'],
      ['tool', 'send_reminder', null, 'Oui, vous recevrez un message la veille.'],
    ],
  ],
  fillers: [
    [
      ['user', 'Faut-il apporter quelque chose ?'],
      ['agent', 'Votre carte d’assurance, s’il vous plaît.'],
    ],
    [
      ['user', 'Pouvez-vous répéter, s’il vous plaît ?'],
      ['agent', 'Bien sûr : le {date} à {time}, au cabinet de {city}.'],
    ],
    [
      ['user', 'C’est plus rapide que prévu.'],
      ['agent', 'Tant mieux ! Y a-t-il autre chose ?'],
    ],
  ],
  thanks: ['Merci beaucoup.', 'Très bien, merci.'],
  goodbyes: ['Je vous en prie, {name}. Bonne journée !'],
};

const japanese: Script = {
  domain: 'support',
  language: 'ja',
  greetings: ['お電話ありがとうございます。サポート窓口です。どうされましたか。'],
  openings: [
    {
      user: '{product}の電源が入らなくなりました。',
      title: '電源が入らない',
      summary: '{product}の電源が入らないとのお問い合わせ。再起動で解決しました。',
    },
  ],
  blocks: [
    [
      ['agent', 'ご不便をおかけします。前面のランプは何色でしょうか。'],
      ['user', '赤く点滅しています。'],
      [
        'tool',
        'device_diagnostics',
        '確認いたします。少々お待ちください。',
        '設定が失われているようです。背面のボタンを十秒間押してください。',
      ],
      ['user', '白くなりました。'],
    ],
    [
      ['user', '記録に残してもらえますか。'],
      ['tool', 'create_ticket', null, '受付番号は{ticket}です。'],
    ],
  ],
  fillers: [
    [
      ['user', '費用はかかりますか。'],
      ['agent', 'いいえ、追加の費用はかかりません。'],
    ],
    [
      ['user', 'もう一度お願いします。'],
      ['agent', 'はい、{date}までにご連絡いたします。'],
    ],
    [
      ['user', 'どのくらい時間がかかりますか。'],
      ['agent', '二分ほどお待ちください。'],
    ],
  ],
  thanks: ['ありがとうございました。'],
  goodbyes: ['お電話ありがとうございました。失礼いたします。'],
};

/** One script for each language that is not English. */
export const otherLanguages: readonly Script[] = [german, spanish, french, japanese];
