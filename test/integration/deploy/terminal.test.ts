import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRunning } from 'iex-test/support/processes';
import { Terminal } from 'iex-test/support/terminal';
import { untilTrue } from 'iex-test/support/until';
import { PROJECT, recordedPlan, Workplace } from './harness.js';

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

  const QUESTION = /Apply exactly this\? \[y\/N\] $/;

  for (const answer of ['y', 'Y', 'yes', ' y ']) {
    it(`applies on '${answer}'`, async () => {
      const terminal = open();
      await terminal.untilShown(QUESTION);
      expect(applies()).to.deep.equal([]);
      terminal.type(`${answer}\r`);
      expect(await terminal.untilExited(), terminal.shown).to.equal(0);
      expect(terminal.shown).to.contain('Apply complete!').and.contain('Deployed.');
      expect(applies()).to.have.length(1);
      // Two readers of one terminal would each get a part of what is typed.
      for (const { program, input } of workplace.calls()) {
        expect(input, program).not.to.equal('terminal');
      }
    });
  }

  for (const answer of ['n\r', '\r', 'yesterday\r', '\x04']) {
    it(`applies nothing on ${JSON.stringify(answer)}, and says what was done`, async () => {
      const terminal = open();
      await terminal.untilShown(QUESTION);
      terminal.type(answer);
      expect(await terminal.untilExited()).to.equal(1);
      expect(terminal.shown)
        .to.contain('Not confirmed. Nothing was applied, and what is deployed stays as it is.')
        .and.contain('templates of version abcdefabcdef');
      expect(applies()).to.deep.equal([]);
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

  it('ignores input that was typed before the question', async () => {
    workplace.answer('terraform', ['plan'], { takesMs: 1000 });
    const terminal = open();
    await untilTrue(() => workplace.callsOf('terraform').some((call) => call.includes(' plan ')));
    terminal.type('y\r');
    await terminal.untilShown(QUESTION);
    terminal.type('n\r');
    expect(await terminal.untilExited()).to.equal(1);
    expect(applies()).to.deep.equal([]);
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
    for (const [answer, count] of [
      ['y', 0],
      [PROJECT, 1],
    ] as const) {
      const terminal = open();
      await terminal.untilShown(/Type the project ID to apply this and lose the data above: $/);
      expect(terminal.shown).to.contain('google_bigquery_table.quote (change): column added');
      terminal.type(`${answer}\r`);
      expect(await terminal.untilExited()).to.equal(count === 1 ? 0 : 1);
      expect(applies()).to.have.length(count);
    }
  });

  it('asks nothing with --yes', async () => {
    const terminal = open('--yes');
    expect(await terminal.untilExited()).to.equal(0);
    expect(terminal.shown).not.to.contain('[y/N]');
    expect(applies()).to.have.length(1);
  });

  describe('with --destroy', () => {
    const QUESTION = /Type the project ID to destroy all of this: $/;

    beforeEach(() => {
      const plan = recordedPlan('destroy').replaceAll(
        '"deletion_protection": true',
        '"deletion_protection": false',
      );
      workplace.answer('terraform', ['show'], { stdout: plan });
    });

    it('destroys when the project is named', async () => {
      const terminal = open('--destroy');
      await terminal.untilShown(QUESTION);
      terminal.type(`${PROJECT}\r`);
      expect(await terminal.untilExited()).to.equal(0);
      expect(applies()).to.have.length(1);
    });

    for (const answer of ['y', '', 'test-projec']) {
      it(`destroys nothing on '${answer}'`, async () => {
        const terminal = open('--destroy');
        await terminal.untilShown(QUESTION);
        terminal.type(`${answer}\r`);
        expect(await terminal.untilExited()).to.equal(1);
        expect(terminal.shown).to.contain('Not confirmed. Nothing was changed.');
        expect(applies()).to.deep.equal([]);
      });
    }
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
      it(`interrupts terraform ${command} once, and waits until it has ended`, async () => {
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
          .and.contain(whatWasDone);
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
