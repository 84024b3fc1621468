import { getRegisteredModules } from '../../sdk/beam';

/** The steps of the pipeline, the coder of its rows, and what only workers need. */
const MODULES = ['pipeline/steps', 'sdk/row-coder', 'sdk/worker'].map(
  (name) => `iex-dataflow/dist/${name}`,
);

/**
 * The modules that a worker loads before it runs steps, for the pipeline option
 * `registered_node_modules`. Of the registered modules it has only the SDK's, because this process
 * may have loaded steps that its workers do not have.
 *
 * @param more further modules with steps
 */
export function workerModules(more: readonly string[] = []): string[] {
  const sdk = getRegisteredModules().filter((name) => /^apache-beam(\/|$)/.test(name));
  return [...sdk, ...MODULES, ...more];
}
