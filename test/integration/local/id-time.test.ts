import { join } from 'node:path';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import { Store } from 'iex-local/store/store';
import { rowsOf } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';

describe('The ids of messages', () => {
  const folder = temporaryFolder();

  it('are kept for 80 minutes, twice as long as a quote can be delivered again', async () => {
    const store = await Store.open(join(folder, 'market.duckdb'));
    const commit = async (...ids: string[]) => {
      const writer = await store.writer();
      const messages = ids.map((id) => ({ id, payload: Buffer.from('{}'), publishTime: 0 }));
      await writer.commit('s', messages, (fresh) => runBatch(fresh, [1]));
      writer.close();
    };
    await commit('79', '81');
    const connection = await store.connect();
    await connection.run(
      'UPDATE local.delivered_message SET committed_at = now() - to_minutes(message_id::INTEGER)',
    );
    await commit('0');
    const left = await rowsOf(connection, 'SELECT message_id FROM local.delivered_message');
    expect(left).to.have.deep.members([{ message_id: '79' }, { message_id: '0' }]);
    connection.closeSync();
    store.close();
  });
});
