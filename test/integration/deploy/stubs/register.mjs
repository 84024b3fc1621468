/**
 * Loaded by `node --import`: replaces the builders of functions and templates, which take minutes,
 * with stubs; with `?real=MODULE`, except for one of them.
 */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url, {
  data: { real: new URL(import.meta.url).searchParams.get('real') },
});
