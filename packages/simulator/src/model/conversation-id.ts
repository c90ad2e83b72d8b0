import { idText, mix } from '../random.ts';

const multiplier = 0x9e3779b1;
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The inverse of an odd number modulo 2³² (Newton's iteration doubles the right bits each time). */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse >>> 0;
}

const inverse = inverseOf(multiplier);

/**
 * Conversation ids in the vendor's form, both ways without a table: the id holds the scrambled index and a check over
 * (seed, index).
 */
export interface ConversationIds {
  idOf(index: number): string;
  /** The index, or null for an id that this seed never gave out. */
  indexOf(conversationId: string): number | null;
}

/** Makes the two directions for a seed. */
export function makeConversationIds(seed: number): ConversationIds {
  const offset = mix(seed, 0xc0);
  const idOf = (index: number) => {
    let scrambled = (Math.imul(index, multiplier) + offset) >>> 0;
    let middle = '';
    for (let i = 0; i < 7; i += 1) {
      middle += alphabet[scrambled % 32] ?? '0';
      scrambled = Math.floor(scrambled / 32);
    }
    const check = mix(offset, index);
    return `conv_${String(check % 10_000).padStart(4, '0')}k${middle}${idText(check, 16)}`;
  };
  return {
    idOf,
    indexOf: (conversationId) => {
      if (conversationId.length !== 33 || !conversationId.startsWith('conv_')) return null;
      let scrambled = 0;
      for (let i = 16; i >= 10; i -= 1) {
        const digit = alphabet.indexOf(conversationId.charAt(i));
        if (digit < 0) return null;
        scrambled = scrambled * 32 + digit;
      }
      const index = Math.imul((scrambled - offset) | 0, inverse) >>> 0;
      return idOf(index) === conversationId ? index : null;
    },
  };
}
