import type { DeadLetters } from '../../src/server/api.js';
import { byId, element, setText } from './dom.js';
import { formatCount, formatText, formatTime, formatUtc } from './format.js';
import { serverClock } from './server-clock.js';

const dialog = byId<HTMLDialogElement>('dead-letters');
byId('dead-letters-close').addEventListener('click', () => dialog.close());

/** Opens the list of the messages that the pipeline refused. */
export function openDeadLetters(): void {
  dialog.showModal();
}

/** Brings the list up to date. */
export function updateDeadLetters({ newest, lastDay }: DeadLetters): void {
  setText(
    byId('dead-letters-note'),
    lastDay === 0
      ? 'The pipeline has refused no message in the last 24 hours.'
      : `Refused in the last 24 hours: ${formatCount(lastDay)}. Each pipeline that receives a bad message refuses it for itself. The newest:`,
  );
  const list = byId('dead-letter-list');
  const signature = JSON.stringify(newest);
  if (list.dataset.signature === signature) return;
  list.dataset.signature = signature;
  list.replaceChildren(
    ...newest.map(({ payload, reason, stage, time, count }) =>
      element(
        'li',
        {},
        element(
          'p',
          {},
          element(
            'time',
            { datetime: new Date(time).toISOString(), title: formatUtc(time) },
            formatTime(time, serverClock.now()),
          ),
          element('span', { class: 'stage' }, stage),
          element('strong', {}, formatText(reason)),
          ...(count > 1
            ? [element('span', { class: 'count' }, `${formatCount(count)} times`)]
            : []),
        ),
        element(
          'pre',
          { tabindex: '0', 'aria-label': 'Payload' },
          formatText(payload) || '(empty)',
        ),
      ),
    ),
  );
}
