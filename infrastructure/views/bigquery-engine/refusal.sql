-- Why the pipeline would refuse a tick, in its words; '' if it is a valid quote.
-- The rules are those of packages/contract/src: quote-message.ts, prices.ts and
-- event-time.ts.
RTRIM(
  CONCAT(
    CASE
      WHEN LENGTH(symbol) > ${max_symbol_length}
        THEN 'symbol: is longer than ${max_symbol_length} characters; '
      ELSE ''
    END,
    CASE
      WHEN REGEXP_CONTAINS(symbol, r'[^\pZ\t\n\x0b\f\r\x{FEFF}]') THEN ''
      ELSE 'symbol: is blank; '
    END,
    CASE
      WHEN REGEXP_CONTAINS(symbol, r'\pC') THEN 'symbol: has control characters; '
      ELSE ''
    END,
    CASE
      WHEN latest_price >= ${lowest_price} THEN ''
      ELSE 'latest_price: must be at least ${lowest_price}; '
    END,
    CASE
      WHEN latest_price < ${price_limit} THEN ''
      ELSE 'latest_price: must be below ${price_limit}; '
    END,
    CASE
      WHEN event_time < TIMESTAMP '${earliest_event_time}'
        THEN 'event_time: before ${earliest_event_time}; '
      WHEN event_time > TIMESTAMP '${latest_event_time}'
        THEN 'event_time: after ${latest_event_time}; '
      ELSE ''
    END
  ),
  '; '
)
