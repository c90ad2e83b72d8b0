import type { Random } from '../random.ts';
import type { Channel } from './types.ts';

/** How a call reached its agent. */
export interface Reception {
  readonly channel: Channel;
  readonly direction: 'inbound' | 'outbound' | null;
  readonly initiationSource: string;
  readonly initiationSourceVersion: string | null;
  readonly isTextOnly: boolean;
  readonly callResult: string | null;
  readonly isBatch: boolean;
}

const sdkSources = [
  'js_sdk',
  'react_sdk',
  'widget',
  'android_sdk',
  'swift_sdk',
  'python_sdk',
  'flutter_sdk',
  'unknown',
] as const;
const asyncSources = ['zendesk_integration', 'slack_integration', 'freshdesk_integration'] as const;
const bare = { initiationSourceVersion: null, isTextOnly: false, callResult: null, isBatch: false } as const;

function drawPhone(random: Random, channel: 'twilio' | 'sip_trunking' | 'exotel'): Reception {
  const initiationSource = channel === 'sip_trunking' ? 'sip_trunk' : channel;
  const isOutbound = random.chance(0.35);
  if (!isOutbound)
    return {
      ...bare,
      channel,
      direction: 'inbound',
      initiationSource,
      callResult: random.chance(0.5) ? 'answered' : null,
    };
  const draw = random.next();
  const callResult =
    draw < 0.7 ? 'answered' : draw < 0.82 ? 'voicemail' : draw < 0.9 ? 'no_answer' : draw < 0.96 ? 'busy' : 'failed';
  return { ...bare, channel, direction: 'outbound', initiationSource, callResult, isBatch: random.chance(0.6) };
}

/** A chat in a web page. */
export const chatReception: Reception = {
  ...bare,
  channel: 'widget_text',
  direction: null,
  initiationSource: 'widget',
  initiationSourceVersion: '0.11.2',
  isTextOnly: true,
};

/** Draws a call's way in: a little less than half are phone calls, the rest web, chat and messengers. */
export function drawReception(random: Random): Reception {
  const draw = random.next();
  if (draw < 0.36) {
    const initiationSource = random.pick(sdkSources);
    const initiationSourceVersion =
      initiationSource === 'unknown' ? null : `0.${random.int(1, 14)}.${random.int(0, 9)}`;
    return { ...bare, channel: 'web', direction: null, initiationSource, initiationSourceVersion };
  }
  if (draw < 0.44) return chatReception;
  if (draw < 0.66) return drawPhone(random, 'twilio');
  if (draw < 0.8) return drawPhone(random, 'sip_trunking');
  if (draw < 0.86) return drawPhone(random, 'exotel');
  if (draw < 0.92)
    return {
      ...bare,
      channel: 'whatsapp',
      direction: random.chance(0.8) ? 'inbound' : 'outbound',
      initiationSource: 'whatsapp',
      isTextOnly: true,
    };
  if (draw < 0.96)
    return {
      ...bare,
      channel: 'sms',
      direction: random.chance(0.8) ? 'inbound' : 'outbound',
      initiationSource: 'twilio_sms',
      isTextOnly: true,
    };
  return { ...bare, channel: 'async', direction: null, initiationSource: random.pick(asyncSources), isTextOnly: true };
}
