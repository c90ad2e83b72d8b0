import { parseSync, Visitor } from 'oxc-parser';

/** The names of the fields that a module writes into log lines, as far as they stand in the call itself. */
export function logFieldsOf(path: string, text: string): string[] {
  const fields: string[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return;
      if (!/^(?:log|logger)$/u.test(callee.object.name) || first?.type !== 'ObjectExpression') return;
      for (const member of first.properties)
        if (member.type === 'Property' && member.key.type === 'Identifier') fields.push(member.key.name);
    },
  }).visit(parseSync(path, text).program);
  return fields;
}
