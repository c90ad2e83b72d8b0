import { runProgram } from '../../services/cli/src/program.ts';

/** Each command by its words (`failures retry`), with its options and the commands below it, as `--help` lists them. */
export type CommandTree = ReadonlyMap<
  string,
  { readonly options: ReadonlySet<string>; readonly below: ReadonlySet<string> }
>;

/** Asks the program for the help of each command, from the top. The empty text is the program itself. */
export async function commandTree(): Promise<CommandTree> {
  const tree = new Map<string, { options: ReadonlySet<string>; below: ReadonlySet<string> }>();
  const open: string[][] = [[]];
  for (let words = open.pop(); words !== undefined; words = open.pop()) {
    const help = await helpOf(words);
    const below = listed(help, 'Commands:').filter((name) => name !== 'help');
    const actions = actionsOf(help);
    const options = new Set(Array.from(help.matchAll(/(?<![\w-])--?[a-z][a-z-]*/giu), ([option]) => option));
    tree.set(words.join(' '), { options, below: new Set([...below, ...actions]) });
    for (const action of actions) tree.set([...words, action].join(' '), { options, below: new Set() });
    for (const name of below) open.push([...words, name]);
  }
  return tree;
}

function listed(help: string, title: string): string[] {
  const [, list = ''] = help.split(`${title}\n`);
  return Array.from(list.matchAll(/^ {2}([a-z][a-z-]*)/gmu), ([, name = '']) => name);
}

/** The words of an argument that says what is to be done: `list, show, retry or discard`. */
function actionsOf(help: string): string[] {
  const [, words = ''] = /^ {2}action +([^(\n]*)/mu.exec(help) ?? [];
  return words.split(/[,\s]+/u).filter((word) => /^[a-z-]+$/u.test(word) && word !== 'or');
}

async function helpOf(words: readonly string[]): Promise<string> {
  let help = '';
  const refuse = (): never => {
    throw new Error(`${words.join(' ')} --help runs the command`);
  };
  await runProgram(
    {
      loadConfig: refuse,
      makeLogger: refuse,
      print: (text) => void (help += `${text}\n`),
      printExact: (text) => void (help += text),
      columns: 200,
      note: () => {},
      signal: new AbortController().signal,
    },
    [...words, '--help'],
  );
  return help;
}
