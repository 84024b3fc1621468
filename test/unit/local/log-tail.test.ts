import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogTail } from 'iex-local/log-tail';
import { temporaryFolder } from 'iex-test/support/folder';

describe('LogTail', () => {
  const folder = temporaryFolder();
  let file: string;
  let files = 0;

  beforeEach(() => {
    file = join(folder, `${++files}.log`);
  });

  const entry = (fields: object) => `${JSON.stringify(fields)}\n`;
  const warning = (message: string) => entry({ severity: 'WARNING', message });

  it('reads each added line once, and no lines of earlier runs', () => {
    writeFileSync(file, warning('of yesterday'));
    const tail = new LogTail(file);
    expect(tail.failures()).to.deep.equal([]);
    appendFileSync(file, warning('one') + warning('two'));
    expect(tail.failures()).to.deep.equal(['one', 'two']);
    expect(tail.failures()).to.deep.equal([]);
  });

  it('waits for a file that does not exist yet, and for the end of a line', () => {
    const tail = new LogTail(file);
    expect(tail.failures()).to.deep.equal([]);
    const line = warning('whole');
    writeFileSync(file, line.slice(0, 20));
    expect(tail.failures()).to.deep.equal([]);
    appendFileSync(file, line.slice(20));
    expect(tail.failures()).to.deep.equal(['whole']);
  });

  it('begins again with a file that replaces one that the user has deleted', () => {
    writeFileSync(file, warning('of yesterday, in a long log'));
    const tails = [new LogTail(file), new LogTail(file)] as const;
    rmSync(file);
    expect(tails[0].failures()).to.deep.equal([]);
    writeFileSync(file, warning('new'));
    for (const tail of tails) expect(tail.failures()).to.deep.equal(['new']);
    appendFileSync(file, warning('newer'));
    expect(tails[0].failures()).to.deep.equal(['newer']);
  });

  it('finds warnings and errors with their detail, and errors that were thrown', () => {
    const tail = new LogTail(file);
    writeFileSync(
      file,
      [
        entry({ severity: 'INFO', message: 'published 60 of 60 quotes' }),
        entry({ severity: 'WARNING', message: 'quotes missed: 2 (network)', detail: 'ECONNRESET' }),
        entry({ severity: 'ERROR', message: 'published 0 of 60 quotes', missed_by_reason: {} }),
        entry({ severity: 'ERROR', message: 'Error: 5 NOT_FOUND: topic\n    at x\n    at y' }),
        'FanOutError: published 0 of 1 messages\n    at z (file.js:1)\n',
        '{"severity":"ERROR", broken\n',
        'Listening on port 80, no error\n',
      ].join(''),
    );
    expect(tail.failures()).to.deep.equal([
      'quotes missed: 2 (network): ECONNRESET',
      'Error: 5 NOT_FOUND: topic',
      'FanOutError: published 0 of 1 messages',
    ]);
  });

  it('shortens long lines, and reads only the end of a long log', () => {
    const tail = new LogTail(file);
    writeFileSync(file, `${warning('x'.repeat(1000))}${'y'.repeat(300_000)}\n${warning('last')}`);
    expect(tail.failures()).to.deep.equal(['last']);
    appendFileSync(file, warning('x'.repeat(1000)));
    expect(tail.failures()[0]).to.have.length(300);
  });
});
