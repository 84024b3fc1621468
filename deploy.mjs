#!/usr/bin/env node
/**
 * Deploys everything: functions, Dataflow templates, infrastructure.
 *
 *     node deploy.mjs --project P
 */
process.exit(await deploy());

async function deploy() {
  try {
    const { main } = await import('./deploy/main.mjs');
    return await main(process.argv.slice(2));
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('The packages that this needs are not installed: run npm ci');
    return 1;
  }
}
