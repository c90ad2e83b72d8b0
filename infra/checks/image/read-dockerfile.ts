import { DockerfileParser, type Instruction, type JSONInstruction, type ModifiableInstruction } from 'dockerfile-ast';

/** One step of a stage, in the words of the Dockerfile. */
export type Step =
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env'; readonly values: Readonly<Record<string, string>> }
  | {
      readonly kind: 'copy';
      /** Another stage's name; null for the build context. */
      readonly from: string | null;
      readonly keepsParents: boolean;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'entrypoint' | 'cmd'; readonly words: readonly string[] };

export interface Stage {
  readonly name: string | null;
  readonly base: string;
  readonly steps: readonly Step[];
}

/**
 * Reads a Dockerfile into its stages. LABEL is left out, because it does nothing.
 * @throws Error for an instruction or a flag that this check could not carry out as an engine would.
 */
export function readDockerfile(text: string): Stage[] {
  const file = DockerfileParser.parse(text);
  const stages: { name: string | null; base: string; steps: Step[] }[] = [];
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'LABEL') continue;
    if (keyword === 'FROM') {
      const [base = '', , name = null] = instruction.getArguments().map((argument) => argument.getValue());
      stages.push({ name, base, steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw unsupported(instruction);
    stage.steps.push(readStep(keyword, instruction));
  }
  return stages;
}

function readStep(keyword: string, instruction: Instruction): Step {
  const content = instruction.getArgumentsContent() ?? '';
  switch (keyword) {
    case 'WORKDIR':
      return { kind: 'workdir', path: content };
    case 'USER':
      return { kind: 'user', user: content };
    case 'ENV':
      return { kind: 'env', values: readEnvironment(instruction) };
    case 'COPY':
      return readCopy(instruction as ModifiableInstruction);
    case 'RUN':
      return { kind: 'run', command: readCommand(instruction as ModifiableInstruction, content) };
    case 'ENTRYPOINT':
    case 'CMD':
      return { kind: keyword === 'CMD' ? 'cmd' : 'entrypoint', words: readWords(instruction as JSONInstruction) };
    default:
      throw unsupported(instruction);
  }
}

function readEnvironment(instruction: Instruction): Record<string, string> {
  const pairs = instruction.getArguments().map((argument) => {
    const [, name, value] = /^(\w+)=([^$"'\\]*)$/.exec(argument.getValue()) ?? [];
    if (name === undefined || value === undefined) throw unsupported(instruction);
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function readCopy(instruction: ModifiableInstruction): Step {
  const flags = instruction.getFlags().map((flag) => [flag.getName(), flag.getValue()] as const);
  if (flags.some(([name]) => name !== 'from' && name !== 'parents')) throw unsupported(instruction);
  const paths = instruction.getArguments().map((argument) => argument.getValue());
  const target = paths.pop();
  if (target === undefined || paths.length === 0) throw unsupported(instruction);
  return {
    kind: 'copy',
    from: flags.find(([name]) => name === 'from')?.[1] ?? null,
    keepsParents: flags.some(([name]) => name === 'parents'),
    sources: paths,
    target,
  };
}

/** The shell's line. A mount of type cache only makes it quicker; any other would change what it sees. */
function readCommand(instruction: ModifiableInstruction, content: string): string {
  const mounts = instruction.getFlags();
  if (mounts.some((flag) => flag.getName() !== 'mount' || !/(^|,)type=cache(,|$)/.test(flag.getValue() ?? ''))) {
    throw unsupported(instruction);
  }
  return content.replace(/^(?:--\S+\s+)*/, '').replaceAll(/\s+/g, ' ');
}

function readWords(instruction: JSONInstruction): string[] {
  if (instruction.getOpeningBracket() === null) throw unsupported(instruction);
  return instruction.getJSONStrings().map((text) => text.getJSONValue());
}

function unsupported(instruction: Instruction): Error {
  const line = instruction.getRange().start.line + 1;
  return new Error(
    `line ${line}: infra:check does not know how to carry out "${instruction.toString()}". Teach it, or write it otherwise.`,
  );
}
