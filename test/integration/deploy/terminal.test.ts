import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isRunning } from 'iex-test/support/processes';
import { Terminal } from 'iex-test/support/terminal';
import { untilTrue } from 'iex-test/support/until';
import { PROJECT, recordedPlan, Workplace } from './harness.js';

const APPROVALS = fileURLToPath(new URL('approvals.mjs', import.meta.url));

/** The questions. */
const QUESTION = /Apply exactly this\? \[y\/N\] $/;
const LOSS = /Type the project ID to apply this and lose the data above: $/;
const DESTROY = /Type the project ID to destroy all of this: $/;

describe('deploy.mjs in a terminal', function () {
  this.timeout(60_000);
  let workplace: Workplace;

  before(function () {
    Terminal.skipWithout(this);
  });

  beforeEach(async () => {
    workplace = await Workplace.open();
  });

  afterEach(async () => {
    const left = readdirSync(join(workplace.folder, 'tmp'));
    await workplace.close();
    expect(left, 'temporary files').to.deep.equal([]);
  });

  const open = (...args: string[]) => workplace.openTerminal(['--project', PROJECT, ...args]);

  const applies = (event = 'start') =>
    workplace.callsOf('terraform', event).filter((call) => call.includes(' apply '));

  it('applies on y', async () => {
    const terminal = open();
    await terminal.untilShown(QUESTION);
    expect(applies()).to.deep.equal([]);
    terminal.type('y\r');
    expect(await terminal.untilExited(), terminal.shown).to.equal(0);
    expect(terminal.shown).to.contain('Apply complete!').and.contain('Deployed.');
    expect(applies()).to.have.length(1);
    // Two readers of one terminal would each get a part of what is typed.
    for (const { program, input } of workplace.calls()) {
      expect(input, program).not.to.equal('terminal');
    }
  });

  it('applies nothing on n, whatever was typed before the question, and says what was done', async () => {
    workplace.answer('terraform', ['plan'], { takesMs: 1000 });
    const terminal = open();
    await untilTrue(() => workplace.callsOf('terraform').some((call) => call.includes(' plan ')));
    terminal.type('y\r');
    await terminal.untilShown(QUESTION);
    terminal.type('n\r');
    expect(await terminal.untilExited()).to.equal(1);
    expect(terminal.shown)
      .to.contain('Not confirmed. Nothing was applied, and what is deployed stays as it is.')
      .and.contain('templates of version abcdefabcdef');
    expect(applies()).to.deep.equal([]);
  });

  const PLANS: Record<
    string,
    [question: RegExp, summary: object, approving: string[], ...string[]]
  > = {
    'a plan': [QUESTION, { losses: [] }, ['y', 'Y', 'yes', ' y '], 'n', '', 'yesterday'],
    'a plan that loses data': [LOSS, { losses: ['its rows'] }, [PROJECT], 'y', '', 'test-projec'],
    'a plan that destroys all': [DESTROY, { losses: [] }, [PROJECT], 'y', '', 'test-projec'],
  };
  for (const [what, [question, summary, approving, ...others]] of Object.entries(PLANS)) {
    it(`takes only ${approving.map((answer) => `'${answer}'`).join(', ')} for ${what}`, async () => {
      // The last one is Ctrl-D.
      const answers = [...approving, ...others].map((answer) => `${answer}\r`).concat('\x04');
      const flags = question === DESTROY ? ['--destroy'] : [];
      const args = [PROJECT, answers.length, `'${JSON.stringify(summary)}'`, ...flags];
      const terminal = workplace.openTerminal(args.map(String), {}, APPROVALS);
      const outcomes = () => [...terminal.shown.matchAll(/^outcome: (.*)$/gm)].map(([, o]) => o);
      for (const [i, answer] of answers.entries()) {
        await terminal.untilShown(question);
        terminal.type(answer);
        await untilTrue(() => outcomes().length === i + 1);
      }
      expect(await terminal.untilExited()).to.equal(0);
      expect(outcomes()).to.deep.equal(
        answers.map((_, i) => (i < approving.length ? 'approved' : 'Not confirmed')),
      );
    });
  }

  it('shows a line for each step, which changes', async () => {
    const terminal = open('--plan-only');
    expect(await terminal.untilExited()).to.equal(0);
    expect(terminal.shown).to.match(/Terraform +starting, .* \d s/);
    const last = terminal.shown.slice(terminal.shown.lastIndexOf('Terraform  '));
    expect(last)
      .to.match(/^Functions +bundled, not uploaded: /m)
      .and.match(/^Templates +built, not uploaded: version abcdefabcdef$/m)
      .and.match(/^Plan +made$/m);
  });

  it('asks for the project ID before a plan that loses data, such as a column', async () => {
    const plan = JSON.parse(recordedPlan('change'));
    plan.resource_changes.push({
      address: 'google_bigquery_table.quote',
      mode: 'managed',
      type: 'google_bigquery_table',
      change: {
        actions: ['update'],
        before: { schema: '[{"name": "symbol"}, {"name": "added"}]' },
        after: { schema: '[{"name": "symbol"}]' },
      },
    });
    workplace.answer('terraform', ['show'], { stdout: JSON.stringify(plan) });
    const terminal = open();
    await terminal.untilShown(LOSS);
    expect(terminal.shown).to.contain('google_bigquery_table.quote (change): column added');
    terminal.type(`${PROJECT}\r`);
    expect(await terminal.untilExited()).to.equal(0);
    expect(applies()).to.have.length(1);
  });

  describe('with --destroy', () => {
    beforeEach(() => {
      const plan = recordedPlan('destroy').replaceAll(
        '"deletion_protection": true',
        '"deletion_protection": false',
      );
      workplace.answer('terraform', ['show'], { stdout: plan });
    });

    it('destroys when the project is named', async () => {
      const terminal = open('--destroy');
      await terminal.untilShown(DESTROY);
      terminal.type(`${PROJECT}\r`);
      expect(await terminal.untilExited()).to.equal(0);
      expect(applies()).to.have.length(1);
    });

    it('destroys nothing otherwise', async () => {
      const terminal = open('--destroy');
      await terminal.untilShown(DESTROY);
      terminal.type('y\r');
      expect(await terminal.untilExited()).to.equal(1);
      expect(terminal.shown).to.contain('Not confirmed. Nothing was changed.');
      expect(applies()).to.deep.equal([]);
    });
  });

  describe('on Ctrl-C', () => {
    it('applies nothing at the question', async () => {
      const terminal = open();
      await terminal.untilShown(QUESTION);
      terminal.type('\x03');
      expect(await terminal.untilExited()).to.equal(130);
      expect(terminal.shown).to.contain('Interrupted. Nothing was applied, and');
      expect(applies()).to.deep.equal([]);
    });

    it('ends the build of the templates', async () => {
      const answer = { stderr: 'the jar\n', waits: 'for a signal', startsChild: true } as const;
      workplace.answer('build-templates', [], answer);
      const terminal = open();
      await terminal.untilShown(/Templates +the jar/);
      await untilTrue(() => workplace.callsOf('build-templates', 'child').length === 1);
      terminal.type('\x03');
      expect(await terminal.untilExited()).to.equal(130);
      const { pid } = workplace.calls().find(({ event }) => event === 'child')!;
      await untilTrue(() => !isRunning(pid!));
      expect(terminal.shown).to.contain('Interrupted.');
    });

    for (const command of ['init', 'plan', 'apply']) {
      it(`interrupts terraform ${command} once, and waits until it has ended; asks nothing with --yes`, async () => {
        workplace.answer('terraform', [command], { waits: 'for a signal' });
        const terminal = open('--yes');
        const callsOf = (event: string) =>
          workplace.callsOf('terraform', event).filter((call) => call.includes(` ${command} `));
        await untilTrue(() => callsOf('start').length === 1);
        terminal.type('\x03');
        expect(await terminal.untilExited()).to.equal(130);
        expect(callsOf('SIGINT')).to.have.length(1);
        expect(callsOf('SIGTERM')).to.deep.equal([]);
        expect(callsOf('end')).to.have.length(1);
        const whatWasDone = {
          init: 'Nothing was changed.',
          plan: 'Nothing was applied, and',
          apply: 'Run the same command again to resume',
        }[command];
        expect(terminal.shown)
          .to.contain(`Interrupted. ${whatWasDone}`.slice(0, 12))
          .and.contain(whatWasDone)
          .and.not.contain('[y/N]');
      });
    }

    it('kills a program that does not end if it is pressed twice', async () => {
      workplace.answer('terraform', ['apply'], { waits: 'stubbornly' });
      const terminal = open('--yes');
      await untilTrue(() => applies().length === 1);
      terminal.type('\x03');
      await untilTrue(() => applies('SIGINT').length === 1);
      await terminal.untilShown(/Stopping in order; press Ctrl-C again/);
      terminal.type('\x03');
      expect(await terminal.untilExited()).to.equal(130);
      expect(terminal.shown).to.contain('Killed: the state may still be locked');
      expect(applies('end')).to.deep.equal([]);
    });
  });
});
