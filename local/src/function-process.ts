import { fileURLToPath } from 'node:url';
import { isListening } from 'iex-cli/is-listening';
import { until } from 'iex-cli/until';
import { Child, type ChildOptions } from './child-process.js';

const FUNCTIONS_FRAMEWORK = new URL(
  'main.js',
  import.meta.resolve('@google-cloud/functions-framework'),
);
const FUNCTION_BUNDLE = new URL('../../function/dist/', import.meta.url);
const LOOPBACK_CHILD = new URL('loopback-child.js', import.meta.url);

/** An entry point of the function's bundle. */
export type FunctionTarget = 'fanOut' | 'iexApi';

/** Starts an entry point of the bundle in the functions framework, in a separate process. */
export function functionProcess(
  target: FunctionTarget,
  port: number,
  options: Omit<ChildOptions, 'args'>,
): Child {
  return new Child({
    ...options,
    args: [
      '--import',
      LOOPBACK_CHILD.href,
      fileURLToPath(FUNCTIONS_FRAMEWORK),
      `--source=${fileURLToPath(FUNCTION_BUNDLE)}`,
      `--target=${target}`,
      `--port=${port}`,
      '--signature-type=cloudevent',
    ],
    env: { ...options.env, FUNCTION_TARGET: target },
  });
}

/** The URL that Pub/Sub pushes to. */
export function functionUrl(port: number): string {
  return `http://127.0.0.1:${port}/`;
}

/** @throws {OperationalError} if the function does not start */
export async function untilFunctionListens(child: Child, port: number): Promise<void> {
  const probing = new AbortController();
  try {
    await child.untilReady(until(() => isListening(port), { signal: probing.signal }));
  } finally {
    probing.abort();
  }
}
