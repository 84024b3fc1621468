import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  ConfigError,
  type Environment,
  readFanOutConfig,
  readIexApiConfig,
} from 'iex-function/config';
import { quoteSources } from 'iex-function/quote-sources/index';

const URL_ONLY = { QUOTE_API_URL: 'http://localhost:8080' };

/** The message of the error that reading the environment throws. */
function complaint(read: (env: Environment) => unknown, env: Environment): string {
  try {
    read(env);
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('readFanOutConfig', () => {
  it('needs no variables', () => {
    expect(readFanOutConfig({})).to.deep.equal({
      ingestTopic: 'iex-ingest',
      tickersPerMessage: 1,
      logLevel: 'info',
      project: undefined,
    });
  });

  it('reads every variable', () => {
    expect(
      readFanOutConfig({
        INGEST_TOPIC: 'projects/p/topics/other',
        TICKERS_PER_MESSAGE: '100',
        LOG_LEVEL: 'WARNING',
        GOOGLE_CLOUD_PROJECT: 'p',
      }),
    ).to.deep.equal({
      ingestTopic: 'projects/p/topics/other',
      tickersPerMessage: 100,
      logLevel: 'warning',
      project: 'p',
    });
  });

  it('ignores the variables that only iexApi needs', () => {
    readFanOutConfig({ QUOTE_SOURCE: 'none', QUOTE_API_URL: '?' });
  });

  for (const value of ['0', '-1', '1.5', 'many', '10000', '1e2']) {
    it(`refuses ${value} tickers for each message`, () => {
      const message = complaint(readFanOutConfig, { TICKERS_PER_MESSAGE: value });
      expect(message).to.contain('TICKERS_PER_MESSAGE');
    });
  }
});

describe('readIexApiConfig', () => {
  it('treats an empty variable as one that is not set', () => {
    const config = readIexApiConfig({ ...URL_ONLY, AGGREGATE_TOPIC: ' ', QUOTE_API_TOKEN: '' });
    expect(config).to.include({ aggregateTopic: 'iex-aggregate', sourceName: 'iex' });
    expect(config.access.token).to.equal(undefined);
  });

  it('names every wrong variable in one line', () => {
    const message = complaint(readIexApiConfig, {
      AGGREGATE_TOPIC: 'no topic',
      LOG_LEVEL: 'loud',
      QUOTE_SOURCE: 'bloomberg',
      QUOTE_API_URL: 'nowhere',
      QUOTE_API_TOKEN: 'a b',
    });
    for (const name of [
      'AGGREGATE_TOPIC',
      'LOG_LEVEL',
      'QUOTE_SOURCE',
      'QUOTE_API_URL',
      'QUOTE_API_TOKEN',
    ]) {
      expect(message).to.contain(name);
    }
    expect(message).not.to.contain('\n');
  });

  it('requires a URL for a source without a default', () => {
    expect(complaint(readIexApiConfig, {})).to.match(/QUOTE_API_URL.*iex/);
  });

  for (const [name, source] of Object.entries(quoteSources)) {
    if (!source.tokenRequired) continue;
    it(`requires a token for ${name}, and nothing else`, () => {
      const { access } = readIexApiConfig({ QUOTE_SOURCE: name, QUOTE_API_TOKEN: 'id:secret' });
      expect(access.baseUrl.protocol).to.equal('https:');
      expect(complaint(readIexApiConfig, { QUOTE_SOURCE: name })).to.contain('QUOTE_API_TOKEN');
    });
  }

  it('checks the form of a token with parts', () => {
    const env = { QUOTE_SOURCE: 'alpaca', QUOTE_API_TOKEN: 's3cret' };
    expect(complaint(readIexApiConfig, env)).to.contain('KEY_ID:SECRET').and.not.contain('s3cret');
  });

  it('does not accept the name of a property of every object as a source', () => {
    const env = { ...URL_ONLY, QUOTE_SOURCE: 'constructor' };
    expect(complaint(readIexApiConfig, env)).to.contain('QUOTE_SOURCE');
  });

  for (const url of [
    'quotes.example.com',
    'ftp://example.com',
    'https://user:s3cret@example.com',
    'https://example.com/?token=s3cret',
    'https://example.com/#s3cret',
  ]) {
    it(`refuses the URL ${url} without repeating it`, () => {
      const message = complaint(readIexApiConfig, { QUOTE_API_URL: url });
      expect(message).to.contain('QUOTE_API_URL').and.not.contain('s3cret');
    });
  }

  it('accepts a token without TLS only for this machine', () => {
    const read = (url: string) =>
      readIexApiConfig({ QUOTE_API_URL: url, QUOTE_API_TOKEN: 's3cret' }).access.token;
    for (const url of [
      'http://localhost:1',
      'http://127.0.0.1:1',
      'http://[::1]:1',
      'https://a.b',
    ]) {
      expect(read(url)).to.equal('s3cret');
    }
    for (const url of ['http://a.b', 'http://localhost.evil.com', 'http://127.0.0.1.evil.com']) {
      expect(() => read(url)).to.throw(ConfigError, 'https');
    }
  });

  describe('with QUOTE_API_TOKEN_FILE', () => {
    let folder: string;
    let file: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'iex-token-'));
      file = join(folder, 'token');
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    it('reads the token without the white space around it', () => {
      writeFileSync(file, ' s3cret\r\n');
      const { access } = readIexApiConfig({ ...URL_ONLY, QUOTE_API_TOKEN_FILE: file });
      expect(access.token).to.equal('s3cret');
    });

    for (const [what, content] of [
      ['an empty file', '\n'],
      ['a file of two lines', 's3cret\ns3cret'],
      ['a file that is not ASCII', 'sécret'],
    ] as const) {
      it(`refuses ${what}`, () => {
        writeFileSync(file, content);
        const message = complaint(readIexApiConfig, { ...URL_ONLY, QUOTE_API_TOKEN_FILE: file });
        expect(message).to.contain('QUOTE_API_TOKEN_FILE').and.not.contain('s3cret');
      });
    }

    it('refuses a file that does not exist, and a folder', () => {
      for (const path of [file, folder]) {
        const message = complaint(readIexApiConfig, { ...URL_ONLY, QUOTE_API_TOKEN_FILE: path });
        expect(message).to.match(/QUOTE_API_TOKEN_FILE.*\b(ENOENT|EISDIR)\b/);
      }
    });

    it('refuses QUOTE_API_TOKEN at the same time', () => {
      writeFileSync(file, 's3cret');
      const env = { ...URL_ONLY, QUOTE_API_TOKEN_FILE: file, QUOTE_API_TOKEN: 's3cret' };
      expect(complaint(readIexApiConfig, env)).to.contain('both').and.not.contain('s3cret');
    });
  });
});
