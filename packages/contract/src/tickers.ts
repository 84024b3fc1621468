/**
 * A ticker symbol: 1 to 32 characters of printable ASCII, of which the first is a letter, a digit
 * or the caret of an index. The rule has room for share classes, exchanges and pairs (BRK.B,
 * SBIN:NSE, EUR/USD), but not for characters that change the meaning of a request to a quote API:
 * spaces, the comma that joins a batch, a path of dots.
 *
 * Terraform has the same rule for its variable `symbols` (`infrastructure/variables.tf`).
 */
export const TICKER_PATTERN = /^[A-Za-z0-9^][\x21-\x2b\x2d-\x7e]{0,31}$/;
