import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { appliedSystems } from './applied.js';
import type { Resource } from './terraform.js';

interface MetricDescriptor {
  type: string;
  /** `GA`, `BETA`, `ALPHA` or `DEPRECATED`. */
  stage: string;
  /** `GAUGE`, `DELTA` or `CUMULATIVE`. */
  kind: string;
  valueType: string;
  /** The type of the monitored resource. */
  resource: string;
}

const { metrics } = JSON.parse(
  readFileSync(new URL('google-metrics.json', import.meta.url), 'utf8'),
) as { metrics: Record<string, string> };

/**
 * Google's metrics by their names in PromQL, as in
 * https://cloud.google.com/monitoring/promql/promql-mapping
 */
const byPromqlName = new Map<string, MetricDescriptor>();
for (const [type, fields] of Object.entries(metrics)) {
  const [stage = '', kind = '', valueType = '', resource = ''] = fields.split(' ');
  const name = type.replace('/', ':').replaceAll(/[^\w:]/g, '_');
  const suffixes = valueType === 'DISTRIBUTION' ? ['_count', '_sum', '_bucket'] : [''];
  for (const suffix of suffixes) {
    byPromqlName.set(name + suffix, { type, stage, kind, valueType, resource });
  }
}

/** A metric in a query, with the function around it, if any, and its label matchers. */
const SELECTOR = /(?:(\w+)\s*\(\s*)?([a-z]\w*_(?:googleapis_com|io):\w+)\{([^}]*)\}(\[\w+\])?/g;

/** What is wrong with the metrics in a PromQL query; empty if nothing is. */
function problemsOf(query: string): string[] {
  const selectors = [...query.matchAll(SELECTOR)];
  const names = query.match(/[\w.]+(_googleapis_com:|\.googleapis\.com)/g) ?? [];
  if (selectors.length === 0 || selectors.length !== names.length) {
    return [`names of metrics without label matchers: ${query}`];
  }
  return selectors.flatMap(([, aggregation = '', name = '', matchers = '', range]) => {
    const metric = byPromqlName.get(name);
    if (!metric) return [`${name} is not a metric`];
    const problems: string[] = [];
    if (metric.stage === 'DEPRECATED') problems.push(`${metric.type} is deprecated`);
    if (!matchers.includes(`monitored_resource="${metric.resource}"`)) {
      problems.push(`${name} is about ${metric.resource}, not {${matchers}}`);
    }
    const counts = metric.kind !== 'GAUGE';
    if (range && counts !== ['rate', 'increase'].includes(aggregation)) {
      problems.push(`${aggregation}() of ${name}, which is of kind ${metric.kind}`);
    }
    if (!range && counts) problems.push(`${name} is of kind ${metric.kind} and needs rate()`);
    return problems;
  });
}

describe('the check of metrics', () => {
  const cases: [query: string, problem: RegExp][] = [
    [
      'sum(rate(pubsub_googleapis_com:topic_send_message_operation_count{monitored_resource="pubsub_topic"}[5m]))',
      /deprecated/,
    ],
    [
      'sum(rate(pubsub_googleapis_com:topic_message_sizes{monitored_resource="pubsub_topic"}[5m]))',
      /not a metric/,
    ],
    ['dataflow_googleapis_com:job_lag{monitored_resource="dataflow_job"} > 1', /not a metric/],
    ['dataflow_googleapis_com:job_system_lag > 1', /without label matchers/],
    ['dataflow_googleapis_com:job_system_lag{monitored_resource="job"} > 1', /dataflow_job/],
    [
      'rate(dataflow_googleapis_com:job_system_lag{monitored_resource="dataflow_job"}[5m])',
      /GAUGE/,
    ],
    [
      'sum(run_googleapis_com:request_count{monitored_resource="cloud_run_revision"})',
      /needs rate/,
    ],
    ['vector(0) > 1', /without/],
  ];
  for (const [query, problem] of cases) {
    it(`reports ${query}`, () => {
      expect(problemsOf(query).join('\n')).to.match(problem);
    });
  }
});

describe('the metrics', () => {
  const appliedSystem = appliedSystems();

  it('of alerts and charts exist, are not deprecated and are read as their kind allows', () => {
    // Together they have all alerts and charts.
    const queries = ['by default', 'with windows that BigQuery computes'].flatMap((name) =>
      appliedSystem(name).resources.flatMap(queriesOf),
    );
    expect(queries).to.have.length.above(20);
    const problems = queries.flatMap(([name, query]) =>
      problemsOf(query).map((problem) => `${name}: ${problem}`),
    );
    expect(problems).to.deep.equal([]);
  });
});

interface AlertPolicy {
  display_name: string;
  conditions: { condition_prometheus_query_language: { query: string }[] }[];
}

interface Dashboard {
  gridLayout: {
    widgets: {
      title: string;
      xyChart: { dataSets: { timeSeriesQuery: { prometheusQuery: string } }[] };
    }[];
  };
}

/** The PromQL queries of an alert or a dashboard, by the name of alert or chart. */
function queriesOf({ type, values }: Resource): [name: string, query: string][] {
  if (type === 'google_monitoring_alert_policy') {
    const policy = values as unknown as AlertPolicy;
    return policy.conditions.flatMap((condition) =>
      condition.condition_prometheus_query_language.map(({ query }): [string, string] => [
        policy.display_name,
        query,
      ]),
    );
  }
  if (type === 'google_monitoring_dashboard') {
    const dashboard = JSON.parse(String(values.dashboard_json)) as Dashboard;
    return dashboard.gridLayout.widgets.flatMap(({ title, xyChart }) =>
      xyChart.dataSets.map(({ timeSeriesQuery }): [string, string] => [
        `chart ${title}`,
        timeSeriesQuery.prometheusQuery,
      ]),
    );
  }
  return [];
}
