import { getRegisteredModules } from '../../sdk/beam';

/** Where the steps of the pipeline are, the coder of its rows, and what is for workers alone. */
const MODULES = ['pipeline/steps', 'sdk/row-coder', 'sdk/worker'].map(
  (name) => `iex-dataflow/dist/${name}`,
);

/**
 * The modules that a worker loads before it runs steps, for the pipeline option `registered_node_modules`. Of those that
 * are registered only the SDK's are taken: a process may have loaded steps that its workers do not have.
 *
 * @param more modules with steps around the pipeline
 */
export function workerModules(more: readonly string[] = []): string[] {
  const sdk = getRegisteredModules().filter((name) => /^apache-beam(\/|$)/.test(name));
  return [...sdk, ...MODULES, ...more];
}
