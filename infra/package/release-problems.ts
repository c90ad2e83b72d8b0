/** What stands against releasing a version, as sentences; empty when nothing does. */
export function releaseProblems(options: { current: string; wanted: string; changelog: string }): string[] {
  const { current, wanted, changelog } = options;
  const problems: string[] = [];
  if (!/^\d+\.\d+\.\d+$/u.test(wanted)) {
    problems.push(`"${wanted}" is no version. Give one such as 1.2.3: pnpm release:check 1.2.3`);
  } else if (!isNewer(wanted, current)) {
    problems.push(`${wanted} is not newer than ${current}, the version in packages/domain/src/version.ts.`);
  }
  const unreleased = /^## Unreleased\n([^]*?)(?=^## |(?![^]))/mu.exec(changelog)?.[1] ?? '';
  if (!/^- \S/mu.test(unreleased))
    problems.push('CHANGELOG.md says nothing under "## Unreleased". Write what changed.');
  if (changelog.includes(`## ${wanted}\n`)) problems.push(`CHANGELOG.md has a version ${wanted} already.`);
  return problems;
}

function isNewer(version: string, than: string): boolean {
  const [numbers, others] = [version, than].map((text) => text.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (numbers?.[index] ?? 0) - (others?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
