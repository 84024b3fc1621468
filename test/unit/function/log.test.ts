import { expect } from 'chai';
import { createLogger, type LoggerOptions, labels, traceFields } from 'iex-function/log';

/** A logger that keeps what it writes. */
function recorder(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line), ...options });
  return { log, lines, entries: () => lines.map((line) => JSON.parse(line)) };
}

describe('createLogger', () => {
  it('writes one line of JSON for each entry, in the fields of Cloud Logging', () => {
    const { log, lines, entries } = recorder();
    log.info('two\nlines', { symbol: 'AAPL', slot: 3 });
    expect(lines[0]).to.match(/^[^\n]+\n$/);
    expect(entries()).to.deep.equal([
      { severity: 'INFO', message: 'two\nlines', symbol: 'AAPL', slot: 3 },
    ]);
  });

  for (const [level, severities] of Object.entries({
    debug: ['DEBUG', 'INFO', 'WARNING', 'ERROR'],
    info: ['INFO', 'WARNING', 'ERROR'],
    warning: ['WARNING', 'ERROR'],
    error: ['ERROR'],
  })) {
    it(`writes ${severities.join(', ')} at level ${level}`, () => {
      const { log, entries } = recorder({ level: level as LoggerOptions['level'] });
      log.debug('');
      log.info('');
      log.warning('');
      log.error('');
      expect(entries().map(({ severity }) => severity)).to.deep.equal(severities);
    });
  }

  it('puts the fields of `with` on every entry, below those of the entry itself', () => {
    const { log, entries } = recorder();
    log.with({ tick: '7', slot: 0 }).with({ reason: 'late' }).info('x', { slot: 1 });
    log.info('y');
    expect(entries()).to.deep.equal([
      { severity: 'INFO', message: 'x', tick: '7', slot: 1, reason: 'late' },
      { severity: 'INFO', message: 'y' },
    ]);
  });

  it('redacts secrets in every field', () => {
    const secret = 'p&ss"\\word';
    const { log, lines, entries } = recorder({ secrets: [secret] });
    const url = `http://x/?token=${encodeURIComponent(secret)}`;
    log.with({ deep: { list: [secret] } }).error(`a ${secret} b ${secret}`, { url });
    expect(entries()[0]).to.include({
      message: 'a [redacted] b [redacted]',
      url: 'http://x/?token=[redacted]',
    });
    expect(lines[0]).not.to.contain('word');
  });
});

describe('labels', () => {
  it('fills the field that Cloud Logging indexes', () => {
    expect(labels({ entry_point: 'iexApi' })).to.deep.equal({
      'logging.googleapis.com/labels': { entry_point: 'iexApi' },
    });
  });
});

describe('traceFields', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const span = 'b7ad6b7169203331';

  it("names the trace by its project's resource name", () => {
    expect(traceFields(`00-${trace}-${span}-01`, 'p')).to.deep.equal({
      'logging.googleapis.com/trace': `projects/p/traces/${trace}`,
      'logging.googleapis.com/spanId': span,
    });
  });

  it('names the bare trace if the project is not known', () => {
    expect(traceFields(`00-${trace}-${span}-01`, undefined)).to.include({
      'logging.googleapis.com/trace': trace,
    });
  });

  it('returns no fields without a trace or for an invalid one', () => {
    for (const traceparent of [undefined, '', '00-xyz-1-01', `00-${trace}`, 7]) {
      expect(traceFields(traceparent, 'p')).to.deep.equal({});
    }
  });
});
