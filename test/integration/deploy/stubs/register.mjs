/**
 * Loaded by `node --import`: replaces the builders of functions and templates, which take minutes,
 * with stubs.
 */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
