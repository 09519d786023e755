// Joins the conversation (data) to the server and to React.
import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import { backoff } from '../shared/backoff';
import { newId } from '../shared/newId';
import type { PreparedPicture } from '../shared/picture';
import { SendQueue } from '../shared/sendQueue';
import type { Picture } from '../shared/types';
import { openSession, sendMessage, sendRating } from './api';
import { answerable, awaitsAnswer, change, nothing } from './conversation';
import type { Entry } from './conversation';
import { toApiError } from './http';
import { identityVersion, onIdentitySwitch } from './identity';
import { Live } from './live';
import type { Button, Message, Outgoing, Session } from './types';
import type { Connection } from './useConnection';
import { useConnectionNotice, useOnline } from './useConnection';
import { useRateLimit } from './useRateLimit';
import { useTyping } from './useTyping';

export function useConversation() {
  const [conversation, dispatch] = useReducer(change, nothing);
  const { entries, session, openings, failures, openProblem, historyEnd } = conversation;
  const { status, limits, reachable } = conversation;
  const [typing, hearTyping] = useTyping();
  const [rateLimit, noteProblem] = useRateLimit();
  const online = useOnline();
  // What one customer still waits for is no reason for the next to wait.
  const queue = useMemo(() => new SendQueue(), [conversation.customer]);
  const live = useRef<Live | null>(null);
  const speaker = useRef(status.speaker);
  speaker.current = status.speaker;

  const receive = useCallback(
    (messages: Message[]) => {
      if (messages.some(({ from }) => from === 'bot' || from === 'agent')) hearTyping(null);
      messages.forEach(({ id }) => queue.arrived(id));
      dispatch({ type: 'received', messages });
    },
    [queue, hearTyping],
  );

  // ---- The session

  const shownTo = useRef(identityVersion());
  const opened = useCallback((answer: Session) => {
    const replace = shownTo.current !== identityVersion();
    shownTo.current = identityVersion();
    dispatch({ type: 'opened', session: answer, replace });
  }, []);

  /** Quietly: what is on the screen stays until it works. */
  const openQuietly = useCallback(async () => {
    try {
      opened(await openSession());
    } catch (error) {
      dispatch({ type: 'open_failed', problem: toApiError(error) });
    }
  }, [opened]);

  const open = useCallback(() => {
    dispatch({ type: 'opening' });
    void openQuietly();
  }, [openQuietly]);

  useEffect(open, [open]);

  useEffect(() => {
    if (session !== 'failed') return;
    const patience = openProblem?.status === 429 ? openProblem.patience * 1000 : 0;
    const timer = setTimeout(() => void openQuietly(), Math.max(patience, backoff(failures)));
    return () => clearTimeout(timer);
  }, [session, failures, openProblem, openQuietly]);

  useEffect(() => {
    if (!online) return;
    dispatch({ type: 'reached', reachable: true });
    if (session === 'failed') void openQuietly();
    // Only the moment of coming back online counts, not a later failure.
  }, [online]);

  useEffect(
    () =>
      onIdentitySwitch((fromNobody) => {
        hearTyping(null);
        shownTo.current = identityVersion();
        dispatch({ type: 'switched', fromNobody });
        void openQuietly();
      }),
    [openQuietly, hearTyping],
  );

  // ---- What the server pushes

  useEffect(() => {
    if (session !== 'open') return;
    live.current = new Live(historyEnd, {
      received: receive,
      status: (news) => {
        if (news.speaker !== speaker.current) hearTyping(null);
        dispatch({ type: 'status', status: news });
      },
      typing: hearTyping,
      reached: (now) => dispatch({ type: 'reached', reachable: now }),
      sessionLost: () => void openQuietly(),
      expectsHuman: () => speaker.current !== 'bot',
    });
    return () => live.current?.stop();
  }, [session, openings, historyEnd, receive, hearTyping, openQuietly]);

  // ---- What the customer does

  const send = useCallback(
    async (outgoing: Outgoing, shown: string, picture: Picture | null = null) => {
      const { id } = outgoing;
      const version = identityVersion();
      dispatch({ type: 'sending', outgoing, shown, picture, time: Date.now() / 1000 });
      try {
        const messages = await queue.add(id, () => sendMessage(outgoing, version, opened));
        if (version !== identityVersion()) return;
        dispatch({ type: 'delivered', id });
        receive(messages);
      } catch (error) {
        if (version !== identityVersion()) return;
        const problem = toApiError(error);
        dispatch({ type: 'failed', id, problem: noteProblem(problem) });
        // Find out whether the server is gone, or only the answer was lost.
        if (problem.failure === 'connection') live.current?.renew();
      }
    },
    [queue, opened, receive, noteProblem],
  );

  const sendText = useCallback((text: string) => void send({ id: newId(), text }, text), [send]);
  const sendPicture = useCallback(
    ({ blob, picture }: PreparedPicture) => void send({ id: newId(), picture: blob }, '', picture),
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

  const rate = useCallback(
    async (score: number, comment: string) => {
      const version = identityVersion();
      const thanks = await sendRating(score, comment);
      if (version === identityVersion()) receive(thanks);
    },
    [receive],
  );

  const connection: Connection = !online ? 'offline' : reachable ? 'good' : 'unreachable';
  const awaited = status.speaker !== 'agent' && awaitsAnswer(entries);
  return {
    customer: conversation.customer,
    writer: conversation.writer,
    entries,
    session,
    openProblem,
    status,
    limits,
    connection: useConnectionNotice(connection),
    rateLimit,
    typing: awaited ? 'bot' : typing,
    answerable: answerable(entries),
    open,
    sendText,
    sendPicture,
    press,
    resend,
    takeBack,
    rate,
  } as const;
}
