// Telling an agent who looks elsewhere: a desktop notification and a short sound. What the customer
// wrote is not in it: notifications stay on screens and in lists that others can see.
import { beep } from './sound';
import { go } from './route';
import { texts } from './texts';

const KEY = 'ok-desk-alerts';
const listeners = new Set<() => void>();
let on = remembered();

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on';
  } catch {
    return false; // storage may be forbidden
  }
}

export const alertsOn = (): boolean => on;

export function watchAlerts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Returns false when the browser allows only the sound. */
export async function switchAlerts(to: boolean): Promise<boolean> {
  on = to;
  listeners.forEach((listener) => listener());
  try {
    localStorage.setItem(KEY, to ? 'on' : 'off');
  } catch {
    // Then it lasts until the page is closed.
  }
  if (!to) return true;
  beep(); // what it will sound like; and browsers allow sound only after a press
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
}

export function alertAbout(sentence: string, ticket: number | null): void {
  const isLooking = !document.hidden && document.hasFocus();
  if (!on || isLooking) return;
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

