import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { documents, ROOT } from 'iex-test/support/documents';

/** The text without its blocks of code. */
const proseOf = (path: string) => readFileSync(path, 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '');

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  return [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  for (const document of documents) {
    it(`has no broken link in ${document}`, () => {
      const path = join(ROOT, document);
      for (const [, target = ''] of proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const linked = file ? resolve(dirname(path), file) : path;
        expect(existsSync(linked), target).to.equal(true);
        if (anchor) expect(anchorsOf(linked), target).to.include(anchor);
      }
    });
  }
});
