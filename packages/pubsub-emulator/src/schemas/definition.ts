/** How the data of a message is encoded. */
export type Encoding = 'JSON' | 'BINARY';

/** A parsed schema. */
export interface Definition {
  /** @throws {Error} that says how `data` violates the schema */
  check(data: Buffer, encoding: Encoding): void;
  /** @throws {Error} that says why `next`, of the same type, must not follow this definition */
  checkSuccessor(next: this): void;
}
