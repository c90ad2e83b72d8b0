/** Whether a Docker engine answers. Takes half a second to load the library, about nothing to ask. */
export async function dockerAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a container with one published port; it is stopped by `undo`, and by testcontainers' own reaper if this
 * process dies.
 */
export async function startContainer(
  options: {
    image: string;
    port: number;
    command: string[];
    environment?: Record<string, string>;
    readyLog: { pattern: RegExp; times: number };
  },
  undo: AsyncDisposableStack,
): Promise<{ host: string; port: number }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(options.image)
    .withEnvironment(options.environment ?? {})
    .withCommand(options.command)
    .withExposedPorts(options.port)
    .withWaitStrategy(Wait.forLogMessage(options.readyLog.pattern, options.readyLog.times))
    .start();
  undo.defer(async () => {
    await container.stop();
  });
  return { host: container.getHost(), port: container.getMappedPort(options.port) };
}
