import { useSyncExternalStore } from 'react';
import { BellIcon, BellOffIcon } from '../../shared/icons';
import { alertsOn, switchAlerts, watchAlerts } from '../alerts';
import { say } from '../store';
import { texts } from '../texts';

export function AlertsButton() {
  const on = useSyncExternalStore(watchAlerts, alertsOn);
  const press = async () => {
    const notifies = await switchAlerts(!on);
    if (!notifies) say(texts.alerts.denied);
  };
  return (
    <button
      type="button"
      className="icon-button"
      aria-pressed={on}
      aria-label={texts.alerts.label}
      title={on ? texts.alerts.on : texts.alerts.off}
      onClick={() => void press()}
    >
      {on ? <BellIcon /> : <BellOffIcon />}
    </button>
  );
}
