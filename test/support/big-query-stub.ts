import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { DescriptorProto } from 'protobufjs/ext/descriptor/index.js';

const PROTO = fileURLToPath(new URL('big-query-write.proto', import.meta.url));

/** The first byte of a TLS connection, which no request of HTTP/1 begins with. */
const TLS_HANDSHAKE = 0x16;

const PASSWORD = 'changeit';

export type Row = Record<string, unknown>;

/** A column as a table's schema has it. */
interface Column {
  name: string;
  type: string;
  mode?: string;
}

interface Stream {
  table: StubTable;
  type: 'COMMITTED' | 'PENDING' | 'BUFFERED';
  rows: Row[];
  /**
   * How many of the rows can be read: pending ones wait for a commit, buffered ones for a flush.
   */
  readable: number;
}

/** A table that rows are appended to. */
export class StubTable {
  readonly path: string;
  readonly columns: readonly Column[];
  /** Why a row is refused, if it is. */
  refuse: (row: Row) => string | undefined = () => undefined;
  /** How many of the next responses to appends get lost; the rows are appended anyway. */
  answersToLose = 0;
  /** The rows that were sent, one list for each append, including refused ones. */
  readonly appends: Row[][] = [];
  readonly #streams: Stream[] = [];

  constructor(path: string, columns: readonly Column[]) {
    this.path = path;
    this.columns = columns;
  }

  /** The rows that a query would find, as the Storage Write API got them. */
  get rows(): Row[] {
    return this.#streams.flatMap(({ rows, readable }) => rows.slice(0, readable));
  }

  addStream(type: Stream['type']): Stream {
    const stream: Stream = { table: this, type, rows: [], readable: 0 };
    this.#streams.push(stream);
    return stream;
  }
}

/**
 * The part of BigQuery that Beam's Java transform appends rows with: `tables.get` of the REST API,
 * and the Storage Write API, whose four kinds of streams make rows visible as the real ones do
 * (https://cloud.google.com/bigquery/docs/write-api#write_api_concepts). Java reaches both at one
 * address, the former in clear and the latter by TLS.
 */
export class BigQueryStub {
  /** By path: projects/P/datasets/D/tables/T */
  readonly tables = new Map<string, StubTable>();
  readonly #streams = new Map<string, Stream>();
  readonly #sockets = new Set<Socket>();
  readonly #keyStore: string;
  readonly #server: Server;
  readonly #grpc = new grpc.Server();

  private constructor(keyStore: string) {
    this.#keyStore = keyStore;
    const { 'google.cloud.bigquery.storage.v1.BigQueryWrite': write } = loadSync(PROTO, {
      keepCase: true,
      defaults: true,
      enums: String,
      longs: Number,
    });
    this.#grpc.addService(write as grpc.ServiceDefinition, {
      CreateWriteStream: unary((request) => this.#createStream(request)),
      GetWriteStream: unary(({ name }) => this.#streamResource(name)),
      FinalizeWriteStream: unary(({ name }) => ({ row_count: this.#stream(name).rows.length })),
      BatchCommitWriteStreams: unary((request) => this.#commit(request)),
      FlushRows: unary((request) => this.#flush(request)),
      AppendRows: (call: grpc.ServerDuplexStream<AppendRequest, object>) => this.#onAppend(call),
    });
    const injector = this.#grpc.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    const tls = createTlsServer(
      { pfx: readFileSync(keyStore), passphrase: PASSWORD, ALPNProtocols: ['h2'] },
      (socket) => injector.injectConnection(socket),
    );
    tls.on('tlsClientError', () => undefined);
    const rest = this.#createRestServer();
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.once('readable', () => {
        const start: Buffer | null = socket.read();
        if (!start) return;
        socket.unshift(start);
        (start[0] === TLS_HANDSHAKE ? tls : rest).emit('connection', socket);
      });
    });
  }

  /**
   * Starts on a free port.
   *
   * @param folder takes the key store, which is made with the JDK's `keytool`
   */
  static async start(folder: string): Promise<BigQueryStub> {
    const keyStore = join(folder, 'big-query.p12');
    const key = ['-genkeypair', '-alias', 'stub', '-keyalg', 'EC', '-dname', 'CN=localhost'];
    const store = ['-storetype', 'PKCS12', '-keystore', keyStore, '-storepass', PASSWORD];
    execFileSync('keytool', [...key, '-ext', 'san=dns:localhost', ...store], { stdio: 'pipe' });
    const stub = new BigQueryStub(keyStore);
    stub.#server.listen(0, 'localhost');
    await once(stub.#server, 'listening');
    return stub;
  }

  /** For `--bigQueryEndpoint`. */
  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Options by which a Java virtual machine trusts only the stub. */
  get javaOptions(): readonly string[] {
    return [
      `-Djavax.net.ssl.trustStore=${this.#keyStore}`,
      `-Djavax.net.ssl.trustStorePassword=${PASSWORD}`,
    ];
  }

  /** Creates an empty table, and replaces an existing one. */
  createTable(path: string, columns: readonly Column[]): StubTable {
    const table = new StubTable(path, columns);
    this.tables.set(path, table);
    return table;
  }

  async close(): Promise<void> {
    this.#grpc.forceShutdown();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #createRestServer(): HttpServer {
    return createHttpServer((request, response) => {
      const [, path = ''] = /^\/bigquery\/v2\/([^?]*)/.exec(request.url ?? '') ?? [];
      const table = request.method === 'GET' ? this.tables.get(path) : undefined;
      const [, projectId, datasetId, tableId] =
        /^projects\/(.+)\/datasets\/(.+)\/tables\/(.+)$/.exec(path) ?? [];
      response.writeHead(table ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          table
            ? {
                kind: 'bigquery#table',
                type: 'TABLE',
                tableReference: { projectId, datasetId, tableId },
                schema: { fields: table.columns },
              }
            : {
                error: {
                  code: 404,
                  message: `Not found: ${path}`,
                  errors: [{ reason: 'notFound' }],
                },
              },
        ),
      );
    });
  }

  #table(path: string): StubTable {
    const table = this.tables.get(path);
    if (!table)
      throw new RpcError(grpc.status.NOT_FOUND, `Requested entity was not found: ${path}`);
    return table;
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name);
    if (!stream)
      throw new RpcError(grpc.status.NOT_FOUND, `Requested entity was not found: ${name}`);
    return stream;
  }

  #createStream({
    parent,
    write_stream,
  }: {
    parent: string;
    write_stream: { type: Stream['type'] };
  }) {
    const name = `${parent}/streams/${this.#streams.size + 1}`;
    this.#streams.set(name, this.#table(parent).addStream(write_stream.type));
    return this.#streamResource(name);
  }

  #streamResource(name: string) {
    const { type, table } = this.#stream(name);
    const fields = table.columns.map(({ name, type, mode = 'NULLABLE' }) => ({ name, type, mode }));
    return { name, type, location: 'us', table_schema: { fields } };
  }

  #commit({ write_streams }: { write_streams: string[] }) {
    for (const stream of write_streams.map((name) => this.#stream(name)))
      stream.readable = stream.rows.length;
    return { commit_time: { seconds: Math.floor(Date.now() / 1000) } };
  }

  #flush({ write_stream, offset }: { write_stream: string; offset: Int64Value }) {
    const stream = this.#stream(write_stream);
    stream.readable = Math.max(stream.readable, (offset?.value ?? 0) + 1);
    return { offset: offset?.value ?? 0 };
  }

  /**
   * The stream and the type of the rows are in the first request of a connection, and in each in
   * which they change.
   */
  #onAppend(call: grpc.ServerDuplexStream<AppendRequest, object>): void {
    let name = '';
    let type: protobuf.Type | undefined;
    call.on('data', ({ write_stream, proto_rows, offset }: AppendRequest) => {
      name = write_stream || name;
      const descriptor = proto_rows.writer_schema?.proto_descriptor;
      if (descriptor) type = rowType(descriptor);
      try {
        const rows = proto_rows.rows?.serialized_rows.map((bytes) => decodeRow(bytes, type)) ?? [];
        call.write({ write_stream: name, ...append(this.#stream(name), rows, offset) });
      } catch (error) {
        call.emit('error', error);
      }
    });
    call.on('end', () => call.end());
  }
}

type Int64Value = { value: number } | null;

interface AppendRequest {
  write_stream: string;
  offset: Int64Value;
  proto_rows: {
    writer_schema: { proto_descriptor: Buffer } | null;
    rows: { serialized_rows: Buffer[] } | null;
  };
}

/** Appends all rows or none: if one is refused, the response says which. */
function append(stream: Stream, rows: Row[], offset: Int64Value): object {
  stream.table.appends.push(rows);
  if (offset && offset.value < stream.rows.length)
    return { error: { code: grpc.status.ALREADY_EXISTS, message: 'Offset already exists' } };
  if (offset && offset.value > stream.rows.length)
    return { error: { code: grpc.status.OUT_OF_RANGE, message: 'Offset beyond the end' } };
  const row_errors = rows.flatMap((row, index) => {
    const message = stream.table.refuse(row);
    return message === undefined ? [] : [{ index, code: 'FIELDS_ERROR', message }];
  });
  if (row_errors.length > 0) {
    const message = 'Errors found while processing rows. See the row_errors field for details.';
    return { error: { code: grpc.status.INVALID_ARGUMENT, message }, row_errors };
  }
  const at = stream.rows.length;
  stream.rows.push(...rows);
  if (stream.type === 'COMMITTED') stream.readable = stream.rows.length;
  if (stream.table.answersToLose-- > 0)
    throw new RpcError(grpc.status.UNAVAILABLE, 'the response got lost');
  return { append_result: { offset: { value: at } } };
}

/** As `protobufjs/ext/descriptor` extends it, which is missing from its types. */
const Type = protobuf.Type as typeof protobuf.Type & {
  fromDescriptor(descriptor: protobuf.Message, edition: string): protobuf.Type;
};

/** The type of rows, which the writer sends along. */
function rowType(descriptor: Buffer): protobuf.Type {
  const type = Type.fromDescriptor(DescriptorProto.decode(descriptor), 'proto2');
  new protobuf.Root().add(type).resolveAll();
  return type;
}

function decodeRow(bytes: Buffer, type: protobuf.Type | undefined): Row {
  if (!type) throw new RpcError(grpc.status.INVALID_ARGUMENT, 'rows before their schema');
  return type.toObject(type.decode(bytes), { longs: Number });
}

/** The status of a response. */
class RpcError extends Error {
  readonly code: grpc.status;

  constructor(code: grpc.status, details: string) {
    super(details);
    this.code = code;
  }
}

/** A method with one request and one response. */
function unary<Request>(
  answer: (request: Request) => object,
): grpc.handleUnaryCall<Request, object> {
  return ({ request }, callback) => {
    try {
      callback(null, answer(request));
    } catch (error) {
      callback(error as RpcError);
    }
  };
}
