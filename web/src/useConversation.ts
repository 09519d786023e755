// Joins the conversation (data) to the server and to React.
import { useCallback, useEffect, useReducer, useSyncExternalStore } from 'react';
import { ApiError, openSession, sendMessage } from './api';
import { answerable, change, nothing } from './conversation';
import type { Entry } from './conversation';
import { newId } from './newId';
import { texts } from './texts';
import type { Button, Message, Outgoing } from './types';

export function useConversation() {
  const [conversation, dispatch] = useReducer(change, nothing);
  const { entries, session, reachable } = conversation;
  const online = useOnline();

  const open = useCallback(async () => {
    dispatch({ type: 'opening' });
    try {
      dispatch({ type: 'opened', history: await openSession() });
    } catch {
      dispatch({ type: 'open_failed' });
    }
  }, []);

  useEffect(() => {
    void open();
  }, [open]);

  useEffect(() => {
    if (!online) return;
    dispatch({ type: 'back_online' });
    if (session === 'failed') void open();
    // Only the moment of coming back online counts, not a later failure.
  }, [online]);

  const send = useCallback(async (outgoing: Outgoing, shown: string) => {
    const { id } = outgoing;
    dispatch({ type: 'sending', outgoing, shown, time: Date.now() / 1000 });
    try {
      const messages = await sendMessage(outgoing, (history: Message[]) =>
        dispatch({ type: 'opened', history }),
      );
      dispatch({ type: 'delivered', id });
      dispatch({ type: 'received', messages });
    } catch (error) {
      const problem =
        error instanceof ApiError ? error : new ApiError('busy', texts.problem.server);
      dispatch({ type: 'failed', id, problem });
    }
  }, []);

  const sendText = useCallback(
    (text: string) => void send({ id: newId(), text }, text),
    [send],
  );
  const press = useCallback(
    (button: Button) => void send({ id: newId(), button: button.token }, button.title),
    [send],
  );
  const resend = useCallback(
    (entry: Entry) => entry.outgoing && void send(entry.outgoing, entry.message.text),
    [send],
  );
  const takeBack = useCallback((id: string) => dispatch({ type: 'taken_back', id }), []);

  return {
    entries,
    session,
    connection: !online ? 'offline' : reachable ? 'good' : 'unreachable',
    waiting: entries.some((entry) => entry.delivery === 'sending'),
    answerable: answerable(entries),
    open,
    sendText,
    press,
    resend,
    takeBack,
  } as const;
}

function useOnline(): boolean {
  return useSyncExternalStore(watchOnline, () => navigator.onLine);
}

function watchOnline(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
