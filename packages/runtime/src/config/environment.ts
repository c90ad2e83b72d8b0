import { readFileSync } from 'node:fs';

/** Settings from outside, by name. An empty value counts as not set: that is how compose files leave a variable out. */
export interface Environment {
  value(name: string): string | null;
  /** The trimmed content of a file, e.g. a mounted secret; null when it cannot be read or is empty. */
  file(path: string): string | null;
  /** Whether a file is there and holds nothing. */
  isEmptyFile(path: string): boolean;
}

/** Wraps a process's environment. */
export function environment(variables: Readonly<Record<string, string | undefined>>): Environment {
  return {
    value(name) {
      const value = variables[name]?.trim();
      return value === undefined || value === '' ? null : value;
    },
    file(path) {
      try {
        const content = readFileSync(path, 'utf8').trim();
        return content === '' ? null : content;
      } catch {
        return null;
      }
    },
    isEmptyFile(path) {
      try {
        return readFileSync(path, 'utf8').trim() === '';
      } catch {
        return false;
      }
    },
  };
}

/**
 * As `settingOrFile`, for a setting that may be left out: a file that is there and empty leaves it out, e.g. a compose
 * file's secret.
 */
export function optionalSettingOrFile(settings: Environment, name: string, problems: string[]): string | null {
  const path = settings.value(`${name}_FILE`);
  if (path !== null && settings.value(name) === null && settings.isEmptyFile(path)) return null;
  return settingOrFile(settings, name, problems);
}

/**
 * A setting, or the content of the file that `NAME_FILE` names. A file that cannot be read is a problem, not a missing
 * setting, and so are quotes around the value: shells and compose files take them off, whoever copies the line of a
 * `.env` elsewhere does not.
 */
export function settingOrFile(settings: Environment, name: string, problems: string[]): string | null {
  const path = settings.value(`${name}_FILE`);
  const value = settings.value(name);
  if (path === null) return unquoted(value, name, problems);
  if (value !== null) {
    problems.push(`${name} and ${name}_FILE are both set: keep one of them`);
    return value;
  }
  const content = settings.file(path);
  if (content === null) problems.push(`${name}_FILE: "${path}" cannot be read or is empty`);
  return unquoted(content, `${name}_FILE`, problems);
}

/** What is said of a value in quotes. */
export const quotedValue = 'the value is in quotes, which would be sent with it: take them off';

/** Whether a secret stands in quotes: none begins and ends with one. */
export function isQuoted(value: string | null): boolean {
  return value !== null && /^(["'`]).*\1$/su.test(value);
}

function unquoted(value: string | null, name: string, problems: string[]): string | null {
  if (isQuoted(value)) problems.push(`${name}: ${quotedValue}`);
  return value;
}
