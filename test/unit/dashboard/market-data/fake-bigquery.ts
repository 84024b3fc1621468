import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The body of a request to `jobs.query`, as far as the tests look at it. */
export interface QueryRequest {
  query: string;
  maximumBytesBilled: string;
  labels: Record<string, string>;
  parameterMode: string;
  queryParameters: {
    name: string;
    parameterType: { type: string; arrayType?: { type: string } };
    parameterValue: { value?: string; arrayValues?: { value: string }[] };
  }[];
}

/** A response, as a table: its columns with their types, and its rows. */
export interface Table {
  fields: Record<string, 'STRING' | 'FLOAT' | 'INTEGER' | 'TIMESTAMP'>;
  /** In the form of the API: a timestamp in microseconds, everything as text. */
  rows: (string | null)[][];
}

/** A response that is an error. */
export interface Failure {
  status: number;
  reason: string;
  message: string;
}

/**
 * A server that responds to `jobs.query` in the form of BigQuery's REST API
 * (https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query) with given tables, and
 * keeps the requests.
 */
export class FakeBigQuery {
  readonly requests: QueryRequest[] = [];
  readonly #server: Server;
  #answers: (Table | Failure)[] = [];

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      this.requests.push(JSON.parse(body));
      const answer = this.#answers.shift();
      if (!answer || 'status' in answer) {
        const { status, reason, message } = answer ?? {
          status: 400,
          reason: 'unexpected',
          message: `Unexpected ${request.method} ${request.url}`,
        };
        response.writeHead(status, { 'Content-Type': 'application/json' });
        const errors = [{ domain: 'global', reason, message }];
        response.end(JSON.stringify({ error: { code: status, message, errors } }));
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(queryResponse(answer)));
    });
  }

  static async start(): Promise<FakeBigQuery> {
    const fake = new FakeBigQuery();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sets the responses to the next requests, in this order. */
  willAnswer(...answers: (Table | Failure)[]): void {
    this.#answers = answers;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function queryResponse({ fields, rows }: Table) {
  return {
    kind: 'bigquery#queryResponse',
    schema: {
      fields: Object.entries(fields).map(([name, type]) => ({ name, type, mode: 'NULLABLE' })),
    },
    jobReference: { projectId: 'my-project', jobId: 'job_1', location: 'EU' },
    totalRows: String(rows.length),
    rows: rows.map((row) => ({ f: row.map((v) => ({ v })) })),
    totalBytesProcessed: '10485760',
    jobComplete: true,
    cacheHit: false,
  };
}
