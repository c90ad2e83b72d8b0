/** The public address of the code, as the root's package.json has it; null while it has none. */
export function repositoryUrl(repository: unknown): string | null {
  const url =
    typeof repository === 'object' && repository !== null && 'url' in repository ? repository.url : repository;
  const [, address] = /^(?:git\+)?(https:\/\/[^\s#]+?)(?:\.git)?\/?$/u.exec(typeof url === 'string' ? url : '') ?? [];
  return address ?? null;
}

/**
 * What stands against publishing as long as nobody has said where the code is; null when somebody has. It stands in one
 * place, `repository` of the root's package.json: the package's own fields and the links of its README are made from
 * it.
 */
export function repositoryProblem(repository: unknown): string | null {
  if (repositoryUrl(repository) !== null) return null;
  return `package.json does not say where the code is. Add "repository": { "type": "git", "url": "git+https://<host>/<owner>/<name>.git" } to it: npm proves a package's origin by it (provenance), and README.md of the package links there.`;
}

/** Markdown whose links to files of the checkout lead to the repository at a tag, for who has the package only. */
export function withAbsoluteLinks(markdown: string, { url, tag }: { url: string; tag: string }): string {
  return markdown.replaceAll(
    /(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)/gu,
    (_, image: string, text: string, path: string) =>
      `${image}[${text}](${url}/${image === '' ? 'blob' : 'raw'}/${tag}/${path.replace(/^\.\//u, '')})`,
  );
}
