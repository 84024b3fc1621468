import { UsageError } from 'iex-cli/errors';
import { positiveNumber, wholeNumber } from 'iex-cli/flag-values';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal, untilAborted } from 'iex-cli/stop-signal';
import { resolutions } from 'iex-contract/infrastructure';
import { BigQueryMarketData } from './market-data/bigquery.js';
import { readAllowedHosts } from './server/allowed-hosts.js';
import { startDashboard } from './server/server.js';

const HELP = `Usage: npm run dashboard -- --project P [options]

Serves the dashboard of a deployed system on this machine, until Ctrl-C. It reads BigQuery with application default
credentials (\`gcloud auth application-default login\`), and only while somebody looks at the page.

  --project P      the project that holds the dataset and pays for the queries
  --dataset NAME   the dataset (default iex)
  --port N         the port of the dashboard, on loopback (default 8080)
  --max-gib N      the most that one query may bill, in GiB (default 2)
  --allow-host H   another name under which a proxy on this machine serves the page, such as that of Cloud Shell's web
                   preview; *.H for all names below it; may be repeated
  --help           print this text`;

const BYTES_PER_GIB = 1024 ** 3;

/** How long after a window's end its last rows are usually in BigQuery, in milliseconds. */
const SETTLE_MS = 3_000;

async function main(): Promise<number> {
  const { values } = parseFlags(process.argv.slice(2), {
    project: { type: 'string' },
    dataset: { type: 'string', default: 'iex' },
    port: { type: 'string', default: '8080' },
    'max-gib': { type: 'string', default: '2' },
    'allow-host': { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean' },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (!values.project) {
    throw new UsageError('--project P is missing: name the project that holds the dataset');
  }
  const port = wholeNumber('--port', values.port, { least: 0, most: 65_535 });
  const gibibytes = positiveNumber('--max-gib', values['max-gib']);
  const allowedHosts = readAllowedHosts(values['allow-host']);
  const stop = stopSignal();
  const marketData = new BigQueryMarketData({
    projectId: values.project,
    dataset: values.dataset,
    maximumBytesBilled: Math.ceil(gibibytes * BYTES_PER_GIB),
  });
  await marketData.check();
  const dashboard = await startDashboard({
    marketData,
    source: `BigQuery ${values.project}.${values.dataset}`,
    resolutions,
    port,
    settleMs: SETTLE_MS,
    allowedHosts,
  });
  console.log(
    `Dashboard of ${values.project}.${values.dataset}: ${dashboard.url} (press Ctrl-C to stop)`,
  );
  await untilAborted(stop);
  await dashboard.close();
  return 0;
}

// The search for credentials would wait seconds for an address that only Google's machines have;
// the client can also recognise these machines by their firmware.
process.env.METADATA_SERVER_DETECTION ??= 'bios-only';
await runCommand(main, { help: 'npm run dashboard -- --help' });
