import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { abandonmentCheck, giveSign } from 'iex-dataflow/src/runners/flink/life-sign';
import { temporaryFolder } from 'iex-test/support/folder';

describe("the command's sign of life", () => {
  const folder = temporaryFolder();
  let time = 0;
  let check: () => void;

  beforeEach(async () => {
    await giveSign(folder);
    const failIfAbandoned = abandonmentCheck(() => time);
    check = () => failIfAbandoned(folder);
    check();
  });

  it('lets a worker go on for a minute', () => {
    time += 60_000;
    check();
    time += 1;
    expect(check).to.throw('given no sign of life for a minute');
  });

  it('counts by when it was seen, whatever the time on the disk', () => {
    for (const modified of [1, 4_000_000_000, 2]) {
      time += 60_000;
      utimesSync(join(folder, 'alive'), modified, modified);
      check();
    }
  });

  it('is missed if the folder is removed', () => {
    rmSync(join(folder, 'alive'));
    expect(check).to.throw('ENOENT');
  });
});
