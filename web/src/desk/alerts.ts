// Telling an agent who looks elsewhere, in another window or at another conversation: a desktop
// notification and a short sound. What the customer wrote is not in it: notifications stay on screens
// and in lists that others can see.
import { beep, unlock } from './sound';
import { go } from './route';
import { texts } from './texts';

const KEY = 'ok-desk-alerts';
type Choice = 'on' | 'off' | null;

const listeners = new Set<() => void>();
let choice = remembered();

function remembered(): Choice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'on' || kept === 'off' ? kept : null;
  } catch {
    return null; // storage may be forbidden
  }
}

export const alertsOn = (): boolean => choice === 'on';

/** Whether the agent has not said yet what they want. */
export const alertsUnasked = (): boolean => choice === null;

export function watchAlerts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Returns false when the browser allows only the sound. */
export async function switchAlerts(to: boolean): Promise<boolean> {
  choice = to ? 'on' : 'off';
  listeners.forEach((listener) => listener());
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Then it lasts until the page is closed.
  }
  if (!to) return true;
  beep(); // what it will sound like; and browsers allow sound only after a press
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
}

/** `isOpen`: it is about the conversation on the screen. */
export function alertAbout(sentence: string, ticket: number | null, isOpen: boolean): void {
  const isLooking = isOpen && !document.hidden && document.hasFocus();
  if (choice !== 'on' || isLooking) return;
  beep();
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    // One per ticket, also with the console open in two tabs.
    const notification = new Notification(sentence, { body: texts.title, tag: `ok-desk-${ticket ?? ''}` });
    notification.onclick = () => {
      window.focus();
      if (ticket !== null) go({ page: 'desk', ticket, info: false });
      notification.close();
    };
  } catch {
    // Android browsers have the name but not the constructor.
  }
}

// After a reload browsers are silent until something is pressed.
for (const kind of ['pointerdown', 'keydown']) {
  window.addEventListener(kind, () => alertsOn() && unlock(), { once: true });
}
