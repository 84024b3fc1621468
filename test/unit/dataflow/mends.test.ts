import { execFileSync } from 'node:child_process';

describe('the mends of the Beam SDK', () => {
  it('let it load on a Node.js that has no util.isPrimitive any more', () => {
    const script = "delete require('node:util').isPrimitive; require('iex-dataflow');";
    execFileSync(process.execPath, ['-e', script], { stdio: 'pipe' });
  });
});
