const quote = (fields: object) => Buffer.from(JSON.stringify(fields));

/** Messages that are read, and that are refused by each step that refuses messages. */
export const MESSAGES: readonly Uint8Array[] = [
  quote({ symbol: 'AAPL', latest_price: 123.45, event_time: '2026-11-22T09:00:10.123456Z' }),
  quote({ symbol: 'BRK.B', latest_price: 1e-7, event_time: '2026-11-22T09:00:05Z' }),
  Buffer.from([0x7b, 0xff]),
  Buffer.from('nonsense Ä'),
  quote({ symbol: 'AAPL' }),
];

/** In minutes. */
export const RESOLUTIONS: readonly number[] = [1, 5];
