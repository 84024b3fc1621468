import { each, filled, type Specification } from './names.js';
import type { Settings } from './settings.js';

const MILLISECONDS_PER_DAY = 86_400_000;

/** The columns of the tables, each with a pattern for its description. No column may be null. */
const COLUMNS: Record<string, [name: string, type: string, description: RegExp][]> = {
  quote: [
    ['symbol', 'STRING', /symbol/i],
    ['latest_price', 'FLOAT', /price.* US dollars/i],
    ['window_end', 'TIMESTAMP', /end of the .*window/i],
    ['event_time', 'TIMESTAMP', /quote was observed/i],
    ['resolution_minutes', 'INTEGER', /length of the window, in minutes/i],
  ],
  dead_letter: [
    ['payload', 'STRING', /message/i],
    ['reason', 'STRING', /^why/i],
    ['stage', 'STRING', /step of the pipeline.*decode, parse, validate.*write/i],
    ['dead_letter_time', 'TIMESTAMP', /^when/i],
  ],
};

const VIEWS: Record<string, RegExp> = {
  percentage_gain: /gain/i,
  top_stocks: /highest mean prices/i,
};

/** The dataset, its tables and views. */
export function rows(settings: Settings): Specification {
  const table = (name: string) => ({
    dataset_id: 'iex',
    table_id: name,
    schema: COLUMNS[name]!.map(([column, type, description]) => ({
      name: column,
      type,
      mode: 'REQUIRED',
      description,
    })),
    deletion_protection: settings.deletion_protection,
  });
  const byDay = (field: string) => ({
    type: 'DAY',
    field,
    expiration_ms: settings.partition_expiration_days * MILLISECONDS_PER_DAY,
  });
  return {
    'google_bigquery_dataset.iex': {
      dataset_id: 'iex',
      description: /quotes in sliding windows/i,
      location: settings.region,
      // Without the protection, `terraform destroy` deletes the rows, too.
      delete_contents_on_destroy: !settings.deletion_protection,
    },
    'google_bigquery_table.quote': {
      ...table('quote'),
      description: /row for each quote and each window/i,
      // Queries select some windows of one resolution.
      time_partitioning: byDay('window_end'),
      clustering: ['resolution_minutes', 'window_end'],
      // No query may read, and bill, all rows by mistake.
      require_partition_filter: true,
    },
    'google_bigquery_table.dead_letter': {
      ...table('dead_letter'),
      description: /messages .*(refused|rejected)/i,
      time_partitioning: byDay('dead_letter_time'),
    },
    ...each('google_bigquery_table.view', Object.keys(VIEWS), (name) => ({
      dataset_id: 'iex',
      table_id: name,
      description: VIEWS[name],
      // A view holds no rows of its own.
      deletion_protection: false,
      view: {
        query: filled(`views/${name}.sql`, {
          quote_table: `\`${settings.project_id}.iex.quote\``,
        }),
        use_legacy_sql: false,
      },
    })),
  };
}
