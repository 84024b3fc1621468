/** What the templates and the Flink runner are built and run with. None of it goes to a worker. */
export { cachedFolder, shortHash } from './cache';
export { freePort } from './free-port';
export { maven } from './maven';
export { run } from './run';
export { Service, type ServiceOptions } from './service';
export { ToolError } from './tool-error';
