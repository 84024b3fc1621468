import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INFRASTRUCTURE } from '../terraform.js';
import { each, filled, hasJobs, hasTicks, type Specification } from './names.js';
import type { Settings } from './settings.js';

const MILLISECONDS_PER_DAY = 86_400_000;

type ColumnTexts = [name: string, type: string, description: RegExp][];

/** What Pub/Sub writes about a message, each column with a pattern for its description. */
const METADATA: ColumnTexts = [
  ['subscription_name', 'STRING', /subscription/i],
  ['message_id', 'STRING', /message/i],
  ['publish_time', 'TIMESTAMP', /^when/i],
  ['attributes', 'STRING', /attributes .*JSON/i],
];

/** The columns of the tables that the jobs write. No column may be null. */
const COLUMNS: Record<string, ColumnTexts> = {
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

/** The columns of the tables that Pub/Sub writes. A quote must have the first two. */
const TICK_COLUMNS: Record<string, ColumnTexts> = {
  tick: [
    ['symbol', 'STRING', /symbol/i],
    ['latest_price', 'FLOAT', /price.* US dollars/i],
    ['event_time', 'TIMESTAMP', /quote was observed/i],
    ...METADATA,
  ],
  tick_dead_letter: METADATA.toSpliced(3, 0, ['data', 'BYTES', /whole payload/i]),
};

const QUOTE = /row for each quote and each window/i;
const DEAD_LETTER = /messages .*(refused|rejected)/i;

const VIEWS: Record<string, RegExp> = {
  percentage_gain: /gain/i,
  top_stocks: /highest mean prices/i,
};

/** The dataset, its tables, views and functions. */
export function rows(settings: Settings): Specification {
  const tables = hasJobs(settings) ? tablesOfJobs(settings) : viewsOfTicks(settings);
  return {
    'google_bigquery_dataset.iex': {
      dataset_id: 'iex',
      description: /quotes in sliding windows/i,
      location: settings.region,
      // Without the protection, `terraform destroy` deletes the rows, too.
      delete_contents_on_destroy: !settings.deletion_protection,
    },
    ...tables,
    ...(hasTicks(settings) ? ticks(settings) : {}),
    ...each('google_bigquery_table.view', Object.keys(VIEWS), (name) => ({
      ...view(filled(`views/${name}.sql`, { quote_table: nameOf(settings, 'quote') })),
      table_id: name,
      description: VIEWS[name],
    })),
    ...functions(settings),
  };
}

/** The name of a table in a query. */
const nameOf = ({ project_id }: Settings, table: string) => `\`${project_id}.iex.${table}\``;

/** A view has no rows of its own. */
const view = (query: string) => ({
  dataset_id: 'iex',
  deletion_protection: false,
  view: { query, use_legacy_sql: false },
});

const byDay = ({ partition_expiration_days }: Settings, field: string) => ({
  time_partitioning: {
    type: 'DAY',
    field,
    expiration_ms: partition_expiration_days * MILLISECONDS_PER_DAY,
  },
});

const schema = (columns: ColumnTexts, modeOf: (column: string) => string) =>
  columns.map(([name, type, description]) => ({ name, type, mode: modeOf(name), description }));

function tablesOfJobs(settings: Settings): Specification {
  const table = (name: string) => ({
    dataset_id: 'iex',
    table_id: name,
    schema: schema(COLUMNS[name]!, () => 'REQUIRED'),
    deletion_protection: settings.deletion_protection,
  });
  return {
    'google_bigquery_table.quote': {
      ...table('quote'),
      description: QUOTE,
      // Queries select some windows of one resolution.
      ...byDay(settings, 'window_end'),
      clustering: ['resolution_minutes', 'window_end'],
      // No query may read, and bill, all rows by mistake.
      require_partition_filter: true,
    },
    'google_bigquery_table.dead_letter': {
      ...table('dead_letter'),
      description: DEAD_LETTER,
      ...byDay(settings, 'dead_letter_time'),
    },
  };
}

/** Without jobs, views of the same names compute what the jobs would write. */
function viewsOfTicks(settings: Settings): Specification {
  return {
    'google_bigquery_table.quote': {
      ...view(
        quotesOfTicks(settings, [
          'TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)',
          'TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)',
        ]),
      ),
      table_id: 'quote',
      description: QUOTE,
    },
    'google_bigquery_table.dead_letter': {
      ...view(deadLettersOfTicks(settings)),
      table_id: 'dead_letter',
      description: DEAD_LETTER,
    },
  };
}

function ticks(settings: Settings): Specification {
  const table = (name: string) => ({
    dataset_id: 'iex',
    table_id: name,
    schema: schema(TICK_COLUMNS[name]!, (column) =>
      /symbol|latest_price/.test(column) ? 'REQUIRED' : 'NULLABLE',
    ),
    deletion_protection: settings.deletion_protection,
  });
  return {
    'google_bigquery_table.tick["tick"]': {
      ...table('tick'),
      description: /each quote once/i,
      ...byDay(settings, 'event_time'),
      clustering: ['event_time', 'publish_time'],
    },
    'google_bigquery_table.tick["tick_dead_letter"]': {
      ...table('tick_dead_letter'),
      description: /messages that do not fit/i,
      ...byDay(settings, 'publish_time'),
    },
    'google_bigquery_table.tick_refused[0]': {
      dataset_id: 'iex',
      table_id: 'tick_refused',
      description: /ticks .*(refuse|reject)/i,
      deletion_protection: false,
      time_partitioning: { type: 'DAY', field: 'event_time' },
      materialized_view: {
        query: sqlOfTicks(settings, 'tick_refused'),
        enable_refresh: true,
        refresh_interval_ms: 30 * 60_000,
      },
    },
    ...(hasJobs(settings)
      ? {
          // To compare the engines while both run.
          'google_bigquery_table.dead_letter_of_ticks[0]': {
            ...view(deadLettersOfTicks(settings)),
            table_id: 'dead_letter_of_ticks',
            description: /view dead_letter/,
          },
        }
      : {}),
  };
}

/** A query of the ticks, as views/README.md describes its values. */
function sqlOfTicks(
  settings: Settings,
  name: string,
  [from, to]: readonly [string, string] = ['', ''],
): string {
  const rules = JSON.parse(readFileSync(join(INFRASTRUCTURE, 'quote-rules.json'), 'utf8'));
  const longest = Math.max(...settings.resolutions);
  return filled(`views/bigquery-engine/${name}.sql`, {
    ...rules,
    window_from: from,
    window_to: to,
    refusal: filled('views/bigquery-engine/refusal.sql', rules).trim(),
    resolutions: settings.resolutions.join(', '),
    longest_minutes: longest,
    lookback_minutes: longest + rules.repeat_minutes,
    tick_table: nameOf(settings, 'tick'),
    tick_dead_letter_table: nameOf(settings, 'tick_dead_letter'),
    tick_refused_view: nameOf(settings, 'tick_refused'),
  });
}

const quotesOfTicks = (settings: Settings, bounds: readonly [string, string]) =>
  sqlOfTicks(settings, 'quote', bounds);
const deadLettersOfTicks = (settings: Settings) => sqlOfTicks(settings, 'dead_letter');

/** The table functions, which have the windows that end between two times. */
function functions(settings: Settings): Specification {
  const bounds = ['window_from', 'window_to'] as const;
  const ofTicks = hasTicks(settings) ? quotesOfTicks(settings, bounds) : '';
  const ofJobs = filled('views/quote_between.sql', {
    quote_table: nameOf(settings, 'quote'),
    window_from: bounds[0],
    window_to: bounds[1],
  });
  const bodies: Record<string, string> = {
    quote_between: hasJobs(settings) ? ofJobs : ofTicks,
    ...(hasJobs(settings) && hasTicks(settings) ? { quote_of_ticks_between: ofTicks } : {}),
  };
  const between = (name: string, body: string) => ({
    dataset_id: 'iex',
    routine_id: name,
    routine_type: 'TABLE_VALUED_FUNCTION',
    language: 'SQL',
    definition_body: body,
    arguments: bounds.map((bound) => ({ name: bound, data_type: { typeKind: 'TIMESTAMP' } })),
  });
  const quotesBetween = `${nameOf(settings, 'quote_between')}(window_from, window_to)`;
  return {
    ...each('google_bigquery_routine.between', Object.keys(bodies), (name) => ({
      ...between(name, bodies[name]!),
      description: /windows that end between/i,
    })),
    ...each('google_bigquery_routine.view_between', Object.keys(VIEWS), (name) => ({
      ...between(`${name}_between`, filled(`views/${name}.sql`, { quote_table: quotesBetween })),
      description: VIEWS[name],
    })),
  };
}
