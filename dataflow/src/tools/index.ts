/** Tools that build and run the templates and the Flink runner. Workers do not use them. */
export { cachedFolder, shortHash } from './cache';
export { maven } from './maven';
export { Service, type ServiceOptions } from './service';
