import { useSyncExternalStore } from 'react';
import { alertsUnasked, switchAlerts, watchAlerts } from '../alerts';
import { say } from '../store';
import { texts } from '../texts';

/** Asked once in a browser; nothing waits for the answer. */
export function AlertsQuestion() {
  const isAsked = useSyncExternalStore(watchAlerts, alertsUnasked);
  if (!isAsked) return null;
  const answer = async (on: boolean) => {
    const notifies = await switchAlerts(on);
    if (!notifies) say(texts.alerts.denied);
  };
  return (
    <section className="question" aria-label={texts.alerts.label}>
      <p>
        {texts.alerts.question}
        <small>{texts.alerts.questionHint}</small>
      </p>
      <button type="button" className="button button--main" onClick={() => void answer(true)}>
        {texts.alerts.yes}
      </button>
      <button type="button" className="button" onClick={() => void answer(false)}>
        {texts.alerts.no}
      </button>
    </section>
  );
}
