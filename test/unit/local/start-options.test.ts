import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from 'iex-cli/errors';
import { symbols } from 'iex-contract/infrastructure';
import { parseStartOptions, START_HELP } from 'iex-local/start-options';

describe('parseStartOptions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iex-options-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'secret');
  after(() => rmSync(folder, { recursive: true }));

  it('needs no flag', () => {
    expect(parseStartOptions([])).to.include({
      durationSeconds: undefined,
      port: 8080,
      dataDir: '.local',
      alarmMode: 'fan_out',
      quoteSource: 'iex',
      quoteUrl: undefined,
      quoteTokenFile: undefined,
      seed: 1,
      history: 15,
    });
    expect(parseStartOptions([])?.symbols).to.deep.equal([...symbols]);
  });

  it('reads every flag', () => {
    const argv =
      `--duration 20 --port 0 --data-dir /d --symbols aapl,BRK.B,AAPL --alarm-mode per_symbol --quote-source alpaca --quote-url https://q/v1 --quote-token-file ${tokenFile} --seed 7`.split(
        ' ',
      );
    expect(parseStartOptions(argv)).to.deep.include({
      durationSeconds: 20,
      port: 0,
      dataDir: '/d',
      symbols: ['AAPL', 'BRK.B'],
      alarmMode: 'per_symbol',
      quoteSource: 'alpaca',
      quoteUrl: 'https://q/v1',
      quoteTokenFile: tokenFile,
      seed: 7,
      history: 0,
    });
  });

  it('returns nothing with --help', () => {
    expect(parseStartOptions(['--help'])).to.equal(undefined);
  });

  it('explains in its help every flag that it takes', () => {
    for (const flag of Object.keys(parseStartOptions([]) ?? {})) {
      const name = flag.replace(/Seconds$/, '').replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
      expect(START_HELP).to.include(`--${name} `);
    }
  });

  const mistakes: [argv: string, said: RegExp][] = [
    ['--speed 3', /'--speed'/],
    ['extra', /unexpected argument 'extra'/],
    ['--duration', /--duration/],
    ['--duration 0', /--duration takes a whole number from 1/],
    ['--duration 1.5', /--duration/],
    ['--duration -3', /--duration/],
    ['--duration ten', /not 'ten'/],
    ['--port 65536', /--port takes a whole number from 0 to 65535/],
    ['--port http', /--port/],
    ['--symbols ,', /--symbols/],
    ['--symbols AAPL,A$', /'A\$' is not a symbol/],
    ['--data-dir=', /--data-dir takes the path of a folder/],
    ['--alarm-mode all', /one of fan_out, per_symbol, not 'all'/],
    ['--quote-source bloomberg', /--quote-source takes one of .*iex.*'bloomberg'/],
    ['--quote-url ftp://x', /--quote-url takes an http or https URL/],
    ['--quote-url localhost', /--quote-url/],
    ['--quote-token-file /does/not/exist', /\/does\/not\/exist cannot be read \(ENOENT\)/],
    ['--seed -1', /--seed/],
    ['--history 121', /--history takes a whole number from 0 to 120/],
    ['--history 5 --quote-url http://q', /--history is for the simulator only/],
    ['--seed 1e3', /--seed/],
  ];
  for (const [argv, said] of mistakes) {
    it(`says in one line what is wrong with ${argv}`, () => {
      expect(() => parseStartOptions(argv.split(' ')))
        .to.throw(UsageError, said)
        .and.satisfy((error: Error) => !error.message.includes('\n'));
    });
  }
});
