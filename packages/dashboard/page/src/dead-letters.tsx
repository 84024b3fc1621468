import { createRef } from 'preact';
import type { DeadLetters } from '../../src/server/api.js';
import { formatCount, formatText, formatTime, formatUtc } from './format.js';
import { serverClock } from './server-clock.js';

const dialog = createRef<HTMLDialogElement>();

export function openDeadLetters(): void {
  dialog.current?.showModal();
}

/** The list of the messages that the pipeline refused, which is shown when it is opened. */
export function DeadLetterDialog(props: { deadLetters: DeadLetters | undefined }) {
  const { lastDay = 0, newest = [] } = props.deadLetters ?? {};
  return (
    <dialog ref={dialog} aria-labelledby="dead-letters-title">
      <div class="dialog-head">
        <h2 id="dead-letters-title">Dead letters</h2>
        <button
          class="close"
          type="button"
          aria-label="Close"
          onClick={() => dialog.current?.close()}
        >
          ✕
        </button>
      </div>
      <p class="dialog-note">
        {lastDay === 0
          ? 'The pipeline has refused no message in the last 24 hours.'
          : `Refused in the last 24 hours: ${formatCount(lastDay)}. Each pipeline that receives a bad message refuses it for itself. The newest:`}
      </p>
      <ol class="dead-letters">
        {newest.map(({ payload, reason, stage, time, count }) => (
          <li key={`${stage} ${reason} ${payload}`}>
            <p>
              <time dateTime={new Date(time).toISOString()} title={formatUtc(time)}>
                {formatTime(time, serverClock.now())}
              </time>
              <span class="stage">{stage}</span>
              <strong>{formatText(reason)}</strong>
              {count > 1 && <span class="count">{formatCount(count)} times</span>}
            </p>
            {/* biome-ignore lint/a11y: it has the focus to be scrolled */}
            <pre tabIndex={0} aria-label="Payload">
              {formatText(payload) || '(empty)'}
            </pre>
          </li>
        ))}
      </ol>
    </dialog>
  );
}
