import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentName } from '../http/headers.ts';
import type { AssetNames } from './layout.ts';

/** A file beside the pages. */
export interface Asset {
  readonly contentType: string;
  readonly content: Buffer;
}

const folder = join(import.meta.dirname, 'assets');

/**
 * Reads the files beside the pages; each has a digest of its content in its name, so that a browser may keep it for
 * ever.
 */
export async function readAssets(): Promise<{ names: AssetNames; files: ReadonlyMap<string, Asset> }> {
  const files = new Map<string, Asset>();
  async function read(file: string, contentType: string): Promise<string> {
    const content = await readFile(join(folder, file));
    const dot = file.lastIndexOf('.');
    const name = `${file.slice(0, dot)}-${contentName(content)}${file.slice(dot)}`;
    files.set(name, { contentType, content });
    return name;
  }
  const names = {
    style: await read('style.css', 'text/css; charset=utf-8'),
    script: await read('script.js', 'text/javascript; charset=utf-8'),
    icon: await read('icon.svg', 'image/svg+xml'),
  };
  return { names, files };
}
