import { parseSync, Visitor } from 'oxc-parser';

/** What the house rules ask of a module. */
export interface ParsedModule {
  /**
   * Everything it imports or re-exports from, statically, dynamically or for types, as written. `null` for a computed
   * `import()`.
   */
  readonly imports: readonly (string | null)[];
  readonly hasExportAll: boolean;
  readonly hasDefaultExport: boolean;
  readonly readsEnvironment: boolean;
}

/** Parses TypeScript with a real parser: an import in a comment or a string is none. Throws on a syntax error. */
export function parseModule(path: string, text: string): ParsedModule {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0)
    throw new Error(`${path} cannot be parsed: ${errors.map((error) => error.message).join('; ')}`);
  const imports: (string | null)[] = module.staticImports.map((entry) => entry.moduleRequest.value);
  const exported = module.staticExports.flatMap((statement) => statement.entries);
  imports.push(...exported.flatMap((entry) => entry.moduleRequest?.value ?? []));
  let readsEnvironment = imports.includes('node:process') || imports.includes('process');
  let hasExportAll = false;
  let hasDefaultExport = false;
  new Visitor({
    // `export * from` and `export * as name from` alike: both hide what a module offers.
    ExportAllDeclaration: () => void (hasExportAll = true),
    ExportDefaultDeclaration: () => void (hasDefaultExport = true),
    ExportSpecifier({ exported: name }) {
      if (name.type === 'Identifier' && name.name === 'default') hasDefaultExport = true;
    },
    ImportExpression: ({ source }) =>
      void imports.push(source.type === 'Literal' && typeof source.value === 'string' ? source.value : null),
    TSImportType: ({ source }) => void imports.push(source.value),
    MemberExpression({ object, property, computed }) {
      if (object.type !== 'Identifier' || object.name !== 'process') return;
      const name =
        !computed && property.type === 'Identifier' ? property.name : property.type === 'Literal' && property.value;
      if (name === 'env') readsEnvironment = true;
    },
    VariableDeclarator({ id, init }) {
      if (init?.type !== 'Identifier' || init.name !== 'process' || id.type !== 'ObjectPattern') return;
      const names = id.properties.map(
        (entry) => entry.type === 'Property' && entry.key.type === 'Identifier' && entry.key.name,
      );
      if (names.includes('env')) readsEnvironment = true;
    },
  }).visit(program);
  return { imports, hasExportAll, hasDefaultExport, readsEnvironment };
}
