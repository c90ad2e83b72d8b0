import { mix } from '../random.ts';

/**
 * The bytes of a call's recording: frames of MPEG-1 layer III with a header that players accept, small and a function
 * of the seed and the index.
 */
export function audioBytes(seed: number, index: number): Buffer {
  // 128 kbit/s at 44.1 kHz without padding: 417 bytes a frame.
  const frameBytes = 417;
  const frames = 4;
  const bytes = Buffer.alloc(frameBytes * frames);
  for (let frame = 0; frame < frames; frame += 1) {
    bytes.writeUInt32BE(0xff_fb_90_00, frame * frameBytes);
    // The side information stays zero (silence); the tail tells one call's recording from another's.
    bytes.writeUInt32BE(mix(mix(seed, index), frame), frame * frameBytes + frameBytes - 4);
  }
  return bytes;
}
