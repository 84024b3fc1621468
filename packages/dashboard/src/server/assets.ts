import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the page, as it is served. */
export interface Asset {
  body: Buffer;
  headers: { 'Content-Type': string; 'Cache-Control': string; ETag: string };
}

/**
 * Reads the files of the page, which the build puts into one folder.
 *
 * @returns by path; the page itself is at `/`
 * @throws if the folder cannot be read
 */
export async function loadAssets(folder: URL): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const type = CONTENT_TYPES[extname(name)];
    if (!type) continue;
    const body = await readFile(new URL(name, folder));
    const hash = createHash('sha256').update(body).digest('base64url');
    assets.set(name === 'index.html' ? '/' : `/${name}`, {
      body,
      headers: { 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: `"${hash}"` },
    });
  }
  return assets;
}
