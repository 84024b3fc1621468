import { expect } from 'chai';
import {
  eventTimeSchema,
  LOWEST_PRICE,
  MAX_SYMBOL_LENGTH,
  PRICE_LIMIT,
  readDateTime,
  WINDOW_OFFSET_SECONDS,
  WINDOW_PERIOD_SECONDS,
} from 'iex-contract';
import { rules } from 'iex-test/support/bigquery-engine/queries';

describe('the constants of the window engine in BigQuery', () => {
  it("are the pipeline's", () => {
    expect(rules).to.deep.include({
      period_seconds: WINDOW_PERIOD_SECONDS,
      offset_seconds: WINDOW_OFFSET_SECONDS,
      lowest_price: String(LOWEST_PRICE),
      price_limit: String(PRICE_LIMIT),
      max_symbol_length: MAX_SYMBOL_LENGTH,
    });
  });

  it('bound event times as the pipeline does', () => {
    const { earliest_event_time: earliest, latest_event_time: latest } = rules;
    for (const bound of [earliest, latest]) {
      expect(eventTimeSchema.parse(bound)).to.equal(readDateTime(String(bound)));
    }
    for (const beyond of ['1970-01-01T23:59:59.999999Z', '2200-01-01T00:00:00.000001Z']) {
      const { error } = eventTimeSchema.safeParse(beyond);
      expect(error?.issues[0]?.message).to.be.oneOf([`before ${earliest}`, `after ${latest}`]);
    }
  });
});
