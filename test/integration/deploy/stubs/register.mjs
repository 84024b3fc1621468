/** Loaded by `node --import`: replaces what builds functions and templates, which takes minutes, by stubs. */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
