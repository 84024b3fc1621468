import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Attributes, appliedSystems } from './applied.js';
import { alertsOf, chartsOf } from './specification/alerts.js';
import { hasJobs } from './specification/names.js';
import { settingsOf } from './specification/settings.js';
import { INFRASTRUCTURE } from './terraform.js';

/**
 * Patterns for the first paragraph of an alert's text, and for one of the steps below it. No other
 * alert may match them.
 */
const SUBJECTS: Record<string, { problem: RegExp; step: RegExp }> = {
  backlog: { problem: /faster than/, step: /`tickers_per_message`/ },
  'data-freshness': { problem: /newest results/, step: /watermark/ },
  'dead-letters': { problem: /dead-letter subscription/, step: /subscriptions pull/ },
  'function-errors': { problem: /Calls of a function/, step: /`function_object`/ },
  'job-failed': { problem: /job has failed/, step: /starts it again/ },
  'no-quotes': { problem: /market is open/, step: /`iex-quote-api-token`/ },
  'no-ticks': { problem: /none of them was written/, step: /somebody has deleted/ },
  'oldest-message': { problem: /message has been waiting/, step: /`roles\/run\.invoker`/ },
  'refused-messages': { problem: /not valid quotes/, step: /iex\.dead_letter/ },
  'system-lag': { problem: /takes longer/, step: /`dataflow_machine_type`/ },
  'unfit-messages': { problem: /not valid JSON/, step: /not a valid quote, such as/ },
  'write-errors': { problem: /refuses a part/, step: /`invalid_argument`/ },
};

/** Words in the code of a text that are not variables: a field, and Google's response codes. */
const NO_VARIABLES = [
  'event_time',
  'response_code',
  'permission_denied',
  'not_found',
  'resource_exhausted',
  'invalid_argument',
];

/** The page of the console to which a link leads, by a pattern for the text of the link. */
const PAGES: [RegExp, string][] = [
  [/job/i, 'dataflow/jobs'],
  [/function/i, 'run'],
  [/alarm/i, 'cloudscheduler'],
  [/BigQuery/, 'bigquery'],
  [/metrics/, 'monitoring/metrics-explorer'],
];

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
];

/** The quantities in a text, such as `30 minute` for `thirty minutes` and `30 minutes`. */
function quantitiesIn(text: string): string[] {
  const pattern = new RegExp(
    `\\b(\\d+|${NUMBERS.join('|')})\\s+(minute|second|hour|day|time|attempt)s?\\b`,
    'gi',
  );
  return [...text.matchAll(pattern)].map(([, number = '', unit = '']) => {
    const index = NUMBERS.indexOf(number.toLowerCase());
    return `${index < 0 ? number : index} ${unit.toLowerCase()}`;
  });
}

const secondsOf = (duration: unknown) => Number(/^(\d+)s$/.exec(String(duration))?.[1]);

const CASES = ['by default', 'with windows that BigQuery computes'] as const;

describe('the alerts', () => {
  const names = Object.keys(SUBJECTS);

  it('are those that have a text', () => {
    const files = readdirSync(join(INFRASTRUCTURE, 'alerts'));
    expect(files).to.have.members(names.map((name) => `${name}.md`));
    const deployed = CASES.flatMap((name) => Object.keys(alertsOf(settingsOf(name))));
    expect([...new Set(deployed)]).to.have.members(names);
  });
});

for (const system of CASES) describeAlerts(system);

function describeAlerts(system: (typeof CASES)[number]): void {
  describe(`an alert, ${system},`, () => {
    const appliedSystem = appliedSystems();
    const settings = settingsOf(system);
    const names = Object.keys(alertsOf(settings));

    /** The subscription that receives the quotes. */
    const reader = hasJobs(settings)
      ? 'google_pubsub_subscription.aggregate["iex-aggregate-1"]'
      : 'google_pubsub_subscription.tick["tick"]';
    const configured = (address: string) => appliedSystem(system).configured[address]!;
    const policy = (name: string) => configured(`google_monitoring_alert_policy.alert["${name}"]`);
    const condition = (name: string) =>
      (policy(name).conditions as { condition_prometheus_query_language: Attributes })
        .condition_prometheus_query_language;
    const query = (name: string) => String(condition(name).query);
    const text = (name: string) => String((policy(name).documentation as Attributes).content);
    const texts = () => names.map((name): [string, string] => [name, text(name)]);

    it('exists for each failure of the parts that are deployed', () => {
      const policies = Object.keys(appliedSystem(system).configured).filter((address) =>
        address.startsWith('google_monitoring_alert_policy.'),
      );
      expect(policies).to.have.members(
        names.map((name) => `google_monitoring_alert_policy.alert["${name}"]`),
      );
    });

    for (const name of names) {
      const { problem, step } = SUBJECTS[name]!;
      it(`${name} has its own text`, () => {
        const matching = (pattern: RegExp, part: (text: string) => string) =>
          texts()
            .filter(([, text]) => pattern.test(part(text).replaceAll(/\s+/g, ' ')))
            .map(([other]) => other);
        expect(matching(problem, (text) => text.split('\n\n')[0]!)).to.deep.equal([name]);
        expect(matching(step, (text) => text.split('\n\n').slice(1).join('\n\n'))).to.deep.equal([
          name,
        ]);
      });
    }

    it('states quantities that agree with the configuration', () => {
      const minutes = (duration: unknown) => `${secondsOf(duration) / 60} minute`;
      const push = configured('google_pubsub_subscription.push["iex-api"]');
      const attempts = (push.dead_letter_policy as Attributes).max_delivery_attempts;
      const source = configured(reader);
      const kept = hasJobs(settings)
        ? minutes(source.message_retention_duration)
        : `${secondsOf(source.message_retention_duration) / 86_400} day`;
      const window = (name: string) => `${/\[(\d+)m\]/.exec(query(name))?.[1]} minute`;
      const quantities: Record<string, string[]> = {
        backlog: [kept],
        'dead-letters': [`${attempts} time`],
        'function-errors': [`${attempts} attempt`],
        'no-quotes': [window('no-quotes')],
        'oldest-message': [kept],
        ...(hasJobs(settings)
          ? {
              'data-freshness': [],
              'job-failed': [kept],
              'refused-messages': ['1 hour'],
              'system-lag': [],
            }
          : {
              'no-ticks': [window('no-ticks'), kept],
              'unfit-messages': [`${attempts} time`, '1 hour'],
              'write-errors': [`${attempts} time`],
            }),
      };
      expect(
        Object.fromEntries(texts().map(([name, text]) => [name, quantitiesIn(text)])),
      ).to.deep.equal(quantities);
    });

    it('does not mention parts of the other engine', () => {
      const others = hasJobs(settings) ? /\btick\b|write to BigQuery/i : /dataflow|\bjobs?\b/i;
      for (const [name, text] of texts()) expect(text, name).not.to.match(others);
    });

    it('says what to do, step by step', () => {
      for (const [name, text] of texts()) expect(text, name).to.match(/\n1\. .*\n2\. /s);
    });

    it('links to the page that the text of the link names', () => {
      for (const [name, text] of texts()) {
        const links = [...text.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
        expect(links, name).not.to.have.length(0);
        for (const [link, label = '', target] of links) {
          const page = PAGES.find(([pattern]) => pattern.test(label))?.[1];
          expect(target, link).to.equal(
            `https://console.cloud.google.com/${page}?project=${settings.project_id}`,
          );
        }
      }
    });

    it('gives these commands only, for the project', () => {
      const commands = texts().flatMap(([name, text]) =>
        [...text.matchAll(/`(gcloud [^`]+)`/g)].map(([, command = '']) => {
          expect(command, name).to.contain(` --project=${settings.project_id} `);
          if (/dataflow/.test(command)) {
            expect(command, name).to.contain(` --region=${settings.region} `);
          }
          return `${name}: ${command.split(' ').slice(1, 4).join(' ')}`;
        }),
      );
      expect(commands).to.have.members([
        // Pulling does not acknowledge messages; seeking drops those that are older.
        'dead-letters: pubsub subscriptions pull',
        'dead-letters: pubsub subscriptions seek',
        ...(hasJobs(settings)
          ? [
              // The number of workers of a running job: a deployment would replace the job.
              'backlog: dataflow jobs update-options',
              'system-lag: dataflow jobs update-options',
              'job-failed: pubsub subscriptions seek',
            ]
          : [
              // Pub/Sub says why it cannot write.
              'no-ticks: pubsub subscriptions describe',
              'oldest-message: pubsub subscriptions describe',
            ]),
      ]);
      expect(text('dead-letters')).not.to.contain('--auto-ack');
    });

    it('mentions only variables and resources that exist', () => {
      const variables = readFileSync(join(INFRASTRUCTURE, 'variables.tf'), 'utf8');
      const resources = JSON.stringify(appliedSystem(system).configured);
      for (const [name, text] of texts()) {
        for (const [, code = ''] of text.matchAll(/`([^`]+)`/g)) {
          if (/^[a-z]+(_[a-z]+)+$/.test(code) && !NO_VARIABLES.includes(code)) {
            expect(variables, `${name}: ${code}`).to.contain(`variable "${code}"`);
          } else if (/^(iex-|roles\/)/.test(code)) {
            expect(resources, `${name}: ${code}`).to.contain(`"${code.replace('...', '-1')}"`);
          }
        }
      }
    });

    it('fires before messages expire, but not while a function still handles them', () => {
      const { query, duration, evaluation_interval } = condition('oldest-message');
      const threshold = Number(/> (\d+)$/.exec(String(query))?.[1]);
      const { message_retention_duration } = configured(reader);
      const { ack_deadline_seconds } = configured('google_pubsub_subscription.push["iex-api"]');
      const noticed = threshold + secondsOf(duration) + secondsOf(evaluation_interval);
      expect(noticed).to.be.below(secondsOf(message_retention_duration) / 2);
      expect(threshold).to.be.above(Number(ack_deadline_seconds));
    });

    it('has a chart that shows its history', () => {
      const charts = chartsOf(settings).map(([, query]) => query);
      // A job fails only once, which the page of the job shows.
      for (const name of names.filter((name) => name !== 'job-failed')) {
        expect(
          charts.some((chart) => query(name).includes(chart)),
          name,
        ).to.equal(true);
      }
    });
  });
}
