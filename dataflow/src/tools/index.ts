/** Tools that build and run the templates and the Flink runner. Workers do not use them. */
export { cachedFolder, shortHash } from './cache';
export { freePort } from './free-port';
export { maven } from './maven';
export { run } from './run';
export { Service, type ServiceOptions } from './service';
export { ToolError } from './tool-error';
