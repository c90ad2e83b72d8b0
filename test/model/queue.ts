import type { Priority } from '../../packages/domain/src/index.ts';
import { fetchConversationJobId, listPageJobId, pagePriorityOf, priorityOf } from '../../packages/jobs/src/catalog.ts';
import type { JobPayloads, JobReference, Producer } from '../../packages/jobs/src/index.ts';
import { modelNowMs } from './clock.ts';
import type { Mortal } from './mortal.ts';

/** A job in the model's queue. */
export interface ModelJob {
  readonly id: string;
  readonly reference: JobReference<'fetch'>;
  readonly priority: number;
  readonly order: number;
  attemptsMade: number;
  dueMs: number;
  /** Times that it was taken up. */
  deliveries: number;
}

export type ModelQueue = ReturnType<typeof makeModelQueue>;

/**
 * The queues of a source as lists in memory, with BullMQ's manners: a name that is there is not added again, and what
 * has ended is not kept.
 */
export function makeModelQueue() {
  const jobs = new Map<string, ModelJob>();
  const wakes = new Set<number>();
  let isFilled = false;
  let isPaused = false;
  let limitedUntilMs = 0;
  let order = 0;

  function add(id: string, reference: JobReference<'fetch'>, priority: Priority, delayMs: number): void {
    if (jobs.has(id)) return;
    order += 1;
    const dueMs = modelNowMs() + delayMs;
    jobs.set(id, {
      id,
      reference,
      priority: (reference.name === 'list-page' ? pagePriorityOf : priorityOf)[priority],
      order,
      attemptsMade: 0,
      dueMs,
      deliveries: 0,
    });
  }

  return {
    jobs,
    wakes,
    isPaused: () => isPaused,
    limitUntil: (ms: number) => void (limitedUntilMs = Math.max(limitedUntilMs, ms)),
    /** Jobs that a consumer could take up now, in BullMQ's order. */
    takeable(): ModelJob[] {
      const now = modelNowMs();
      if (isPaused || limitedUntilMs > now) return [];
      return [...jobs.values()]
        .filter(({ dueMs }) => dueMs <= now)
        .toSorted((a, b) => a.priority - b.priority || a.order - b.order);
    },
    /** When the next job can be taken up; null when there is none, or the queue is paused. */
    nextDueMs(): number | null {
      if (isPaused || jobs.size === 0) return null;
      return Math.max(limitedUntilMs, Math.min(...[...jobs.values()].map(({ dueMs }) => dueMs)));
    },
    /** What there was is gone, and the mark with it. */
    loseEverything() {
      jobs.clear();
      wakes.clear();
      isFilled = false;
      isPaused = false;
      limitedUntilMs = 0;
    },
    /** The queue as a process of the fleet sees it: each call is a step at which that process may die. */
    producerFor(mortal: Mortal): Producer {
      const { around } = mortal;
      const producer: Partial<Producer> = {
        enqueuePage: around(async (page: JobPayloads['list-page'], priority: Priority, delayMs = 0) =>
          add(listPageJobId(page.windowId, page.page), { name: 'list-page', payload: page }, priority, delayMs),
        ),
        enqueueConversations: around(async (wanted: Parameters<Producer['enqueueConversations']>[0]) => {
          for (const { conversationId, generation, priority, runId, isRepeat = false } of wanted) {
            const payload = { conversationId, generation, runId, ...(isRepeat ? { isRepeat } : {}) };
            add(
              fetchConversationJobId(conversationId, generation),
              { name: 'fetch-conversation', payload },
              priority,
              0,
            );
          }
        }),
        wakeLoader: around(async (slot: number) => void wakes.add(slot)),
        wakeLoaders: around(async () => void wakes.add(0)),
        isFilled: around(async () => isFilled),
        noteFilled: around(async () => void (isFilled = true)),
        pause: around(async () => void (isPaused = true)),
        resume: around(async () => void (isPaused = false)),
        isPaused: around(async () => isPaused),
        promoteMisdated: async () => 0,
        fetchDepth: around(async () => {
          const delayed = [...jobs.values()].filter(({ dueMs }) => dueMs > modelNowMs()).length;
          return { waiting: jobs.size - delayed, delayed, active: 0 };
        }),
        loadDepth: around(async () => ({ waiting: wakes.size, delayed: 0, active: 0 })),
      };
      return producer as Producer;
    },
  };
}
