/** @type {Record<string, string>} */
const STUBS = {
  'iex-dataflow/template': './template.mjs',
  'iex-function/package': './function-package.mjs',
};

/** @param {{ real: string | null }} data */
export function initialize({ real }) {
  if (real) delete STUBS[real];
}

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const stub = STUBS[specifier];
  if (!stub) return await nextResolve(specifier, context);
  return { url: new URL(stub, import.meta.url).href, shortCircuit: true };
}
