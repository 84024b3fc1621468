import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether a server accepts connections on a port of this machine. */
export async function isListening(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
