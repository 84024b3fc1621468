import { OperationalError } from 'iex-cli/errors';

/**
 * A file that is not a file of quotes, or that ends too soon. The message continues a sentence that
 * begins with the file's name.
 */
export class InputError extends OperationalError {
  override name = 'InputError';
}
