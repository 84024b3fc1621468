/** @type {Record<string, string>} */
const STUBS = {
  'iex-dataflow/template': './template.mjs',
  'iex-function/package': './function-package.mjs',
};

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const stub = process.env.IEX_TEST_REAL === specifier ? undefined : STUBS[specifier];
  if (!stub) return await nextResolve(specifier, context);
  return { url: new URL(stub, import.meta.url).href, shortCircuit: true };
}
