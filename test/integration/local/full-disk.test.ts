import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';

/**
 * Runs a command whose files cannot grow beyond a size, as if the disk was full.
 *
 * @param blocks of 512 bytes
 */
function runLimited(blocks: number, script: string, args: readonly string[]) {
  const words = ['-c', `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath, script, ...args];
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile('sh', words, { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('A full disk', function () {
  this.timeout(90_000);
  const folder = temporaryFolder();
  const reason = /^The rows cannot be stored: Could not write file .*: File too large\n$/;

  it('ends a replay with one line', async () => {
    const quotes = join(folder, 'quotes.jsonl');
    const lines = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ symbol: `S${i}`, latest_price: i + 1, event_time: '2026-11-22T09:00:10Z' }),
    );
    writeFileSync(quotes, lines.join('\n'));
    const args = [quotes, '--database', join(folder, 'replay.duckdb')];
    const { code, stderr } = await runLimited(600, 'local/dist/replay.js', args);
    expect(stderr).to.match(reason);
    expect(code).to.equal(1);
  });

  it('is said by npm start, which goes on', async () => {
    const args = [
      '--data-dir',
      join(folder, 'start'),
      '--port',
      '0',
      '--duration',
      '2',
      '--symbols',
      'A,B,C',
    ];
    const { code, stdout } = await runLimited(600, 'local/dist/start.js', args);
    expect(stdout).to.match(
      /^Adding rows for the windows of \d+ min failed, and is tried again: The rows cannot be stored: /m,
    );
    expect(code).to.equal(0);
  });
});
