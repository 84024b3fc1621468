import { accessSync, constants, createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { OperationalError } from 'iex-cli/errors';

/** The name that stands for standard input on the command line. */
const STDIN = '-';

/** A file of quotes, a pipe or standard input. It can be read once. */
export class Input {
  /** For messages. */
  readonly name: string;
  /** Undefined if it can only be read from its beginning to its end. */
  readonly path: string | undefined;
  /** In bytes; 0 if it is not known. */
  readonly size: number;
  /** How many bytes of it have been read. */
  bytesRead = 0;
  readonly #open: () => Readable;
  #stream: Readable | undefined;

  /**
   * @param path of a file or a pipe; `-` is standard input
   * @throws {OperationalError} if it does not exist, is a folder or cannot be read
   */
  constructor(path: string) {
    if (path === STDIN) {
      this.name = 'Standard input';
      this.size = 0;
      this.#open = () => process.stdin;
      return;
    }
    this.name = path;
    try {
      accessSync(path, constants.R_OK);
      const stats = statSync(path);
      if (stats.isDirectory()) throw new Error('it is a folder, not a file');
      this.path = stats.isFile() ? path : undefined;
      this.size = stats.isFile() ? stats.size : 0;
      this.#open = () => createReadStream(path);
    } catch (error) {
      throw unreadable(path, error as Error);
    }
  }

  /** @throws {OperationalError} if reading fails */
  async *chunks(): AsyncGenerator<Buffer> {
    try {
      this.#stream = this.#open();
      for await (const chunk of this.#stream) {
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw unreadable(this.name, error as Error);
    }
  }

  /** Closes it, even if it has not been read to its end. */
  close(): void {
    this.#stream?.destroy();
  }
}

const unreadable = (name: string, error: Error) =>
  new OperationalError(`${name} cannot be read: ${error.message}`, { cause: error });
