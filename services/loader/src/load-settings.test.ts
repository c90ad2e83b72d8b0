import { expect, test } from 'vitest';
import { loadSettings, type LoadedSourceConfig } from './load-settings.ts';

const config: LoadedSourceConfig = {
  sourceId: 'support',
  dialect: 'elevenlabs',
  mode: 'poll',
  mirrorDeletions: true,
  rawHistory: 'newest',
  checkPolicy: { refreshSecs: [], retentionSecs: 0 },
  audio: { store: { directory: '/recordings' }, recordingBytesMax: 1 },
};

test.each([
  ['poll', config.audio, true],
  ['poll', null, false],
  ['webhook', config.audio, false],
] as const)('recordings of a source with mode %s are wanted where its API is asked for them', (mode, audio, wanted) => {
  const { wantsAudio, ...rest } = loadSettings({ ...config, mode, audio });
  expect(wantsAudio).toBe(wanted);
  expect(rest).toMatchObject({
    sourceId: 'support',
    dialect: 'elevenlabs',
    mirrorDeletions: true,
    rawHistory: 'newest',
  });
});
