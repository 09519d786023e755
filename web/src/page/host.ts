// The page around this one (an iframe's parent), or the app around its WebView.
import { isRecord } from '../shared/reading';

export const embedded = window.parent !== window;

type Telling =
  | { type: 'ok-kefu-ready' }
  | { type: 'ok-kefu-identity-expired' }
  | { type: 'ok-kefu-close' }
  | { type: 'ok-kefu-unread'; count: number };

/** Nothing told holds a secret, so any parent may hear it. An app's script listens to the page itself. */
export function tellHost(telling: Telling): void {
  if (embedded) window.parent.postMessage(telling, '*');
  else window.postMessage(telling, window.location.origin);
}

/**
 * Hear what the host says. The parent is known by being the parent (the server's frame-ancestors
 * says who may be), an app's script by speaking from inside this page.
 */
export function listenToHost(
  hear: (type: string, data: Record<string, unknown>) => void,
): () => void {
  const listen = ({ source, origin, data }: MessageEvent<unknown>) => {
    const fromParent = embedded && source === window.parent;
    const fromApp = source === window && origin === window.location.origin;
    if ((fromParent || fromApp) && isRecord(data) && typeof data.type === 'string') {
      hear(data.type, data);
    }
  };
  window.addEventListener('message', listen);
  return () => window.removeEventListener('message', listen);
}
