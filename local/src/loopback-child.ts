/**
 * Loaded by `node --import` before a program that is not part of this project. Makes it end with
 * its parent, and listen on loopback alone if it does not name a host.
 */
import { Server } from 'node:net';
import { endWithParent } from './end-with-parent.js';

endWithParent();

const listen = Server.prototype.listen as (...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  const [port, callback] = args;
  const namesNoHost = args.length === 2 && typeof callback === 'function';
  return listen.apply(this, namesNoHost ? [port, '127.0.0.1', callback] : args);
} as typeof Server.prototype.listen;
