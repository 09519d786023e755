// Joins the conversation (data) to the server and to React.
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { backoff } from '../shared/backoff';
import { ApiError } from '../shared/http';
import { newId } from '../shared/newId';
import type { PreparedPicture } from '../shared/picture';
import { SendQueue } from '../shared/sendQueue';
import type { Picture } from '../shared/types';
import { leaveHuman, openSession, sendMessage, sendRating } from './api';
import { answerable, awaitsAnswer, change, isAnother, nothing } from './conversation';
import type { Entry } from './conversation';
import { abandonRequests, toApiError } from './http';
import { identityVersion, onIdentitySwitch } from './identity';
import { Live } from './live';
import { texts } from './texts';
import { isMissing } from './types';
import type { Button, Message, Outgoing, Session } from './types';
import type { Connection } from './useConnection';
import { useConnectionNotice, useOnline } from './useConnection';
import { useProfile } from './useProfile';
import { useRateLimit } from './useRateLimit';
import { unsentStore } from './unsent';
import { useTyping } from './useTyping';

/** Sessions opened in a row of which the next request knows nothing: the browser does not keep them. */
const REFUSALS = 2;
/** How often a message waits until the server takes more. */
const WAITS = 5;
/** A page that is open for weeks keeps its session by opening it again. */
const RENEWAL_MS = 12 * 3600 * 1000;
const RENEWAL_LOOK_MS = 600_000;

export function useConversation() {
  const [conversation, dispatch] = useReducer(change, nothing);
  const { id, entries, session, openings, failures, openProblem, historyEnd } = conversation;
  const { status, limits, reachable } = conversation;
  const [typing, hearTyping] = useTyping();
  const [rateLimit, noteProblem] = useRateLimit();
  const online = useOnline();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what one customer waits for is no reason for the next to wait
  const queue = useMemo(() => new SendQueue(), [conversation.customer]);
  const live = useRef<Live | null>(null);
  const now = useRef(conversation);
  now.current = conversation;
  const [leftDraft, setLeftDraft] = useState('');

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
  const unproven = useRef(0);
  const openedAt = useRef(0);
  const opened = useCallback((answer: Session) => {
    const replace = shownTo.current !== identityVersion();
    shownTo.current = identityVersion();
    unproven.current += 1;
    openedAt.current = Date.now();
    if (replace) unsentStore.forget();
    const { draft, unsent } = unsentStore.belongsTo(answer.conversation);
    if (draft) setLeftDraft(draft);
    dispatch({ type: 'opened', session: answer, replace, unsent });
    for (const { outgoing } of unsent) {
      const { id } = outgoing;
      if (!isMissing(outgoing)) continue;
      void unsentStore.lookFor(id).then((it) => dispatch({ type: 'looked_for', id, ...it }));
    }
  }, []);

  useProfile(session === 'open', openings);

  const proved = useCallback(() => {
    unproven.current = 0;
  }, []);

  useEffect(() => unsentStore.shows(entries), [entries]);

  /** Quietly: what is on the screen stays until it works. */
  const openQuietly = useCallback(async () => {
    try {
      opened(await openSession());
    } catch (error) {
      dispatch({ type: 'open_failed', problem: toApiError(error) });
    }
  }, [opened]);

  const open = useCallback(() => {
    unproven.current = 0;
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

  /** Without memory, a browser that keeps no cookies would open one session after the other. */
  const sessionLost = useCallback(() => {
    if (unproven.current < REFUSALS) void openQuietly();
    else dispatch({ type: 'refused' });
  }, [openQuietly]);

  useEffect(() => {
    if (session !== 'open') return;
    const look = () => {
      const isOld = Date.now() - openedAt.current > RENEWAL_MS;
      if (isOld && now.current.reachable) void openQuietly();
    };
    const timer = setInterval(look, RENEWAL_LOOK_MS);
    return () => clearInterval(timer);
  }, [session, openQuietly]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only the moment of coming back online counts, not a later failure
  useEffect(() => {
    if (!online) return;
    dispatch({ type: 'reached', reachable: true });
    if (session === 'failed') void openQuietly();
  }, [online]);

  useEffect(
    () =>
      onIdentitySwitch((fromNobody) => {
        abandonRequests();
        hearTyping(null);
        if (!fromNobody) unsentStore.forget();
        shownTo.current = identityVersion();
        dispatch({ type: 'switched', fromNobody });
        void openQuietly();
      }),
    [openQuietly, hearTyping],
  );

  // ---- What the server pushes

  // biome-ignore lint/correctness/useExhaustiveDependencies: the stream starts anew with each opening
  useEffect(() => {
    if (session !== 'open') return;
    live.current = new Live(historyEnd, id, {
      received: receive,
      status: (heard) => {
        proved();
        if (heard.speaker !== now.current.status.speaker) hearTyping(null);
        dispatch({ type: 'status', status: heard });
      },
      typing: hearTyping,
      reached: (now) => dispatch({ type: 'reached', reachable: now }),
      sessionLost,
      expectsHuman: () => now.current.status.speaker !== 'bot',
    });
    return () => live.current?.stop();
  }, [session, openings, historyEnd, id, receive, hearTyping, sessionLost, proved]);

  // ---- What the customer does

  /** Deliver a message. One that comes too early for the server waits; whoever wrote it need not. */
  const deliver = useCallback(
    async (outgoing: Outgoing, version: number): Promise<Message[]> => {
      const goesOn = (answer: Session) => {
        // What was said to a human is not for the bot that answers now.
        const wasHuman = now.current.status.speaker === 'agent' && isAnother(now.current, answer);
        opened(answer);
        return !wasHuman;
      };
      for (let waits = 0; ; waits++) {
        try {
          if (now.current.session === 'refused') throw new ApiError(texts.problem.refused, 401);
          const messages = await sendMessage(outgoing, version, goesOn);
          proved();
          return messages;
        } catch (error) {
          const problem = toApiError(error);
          if (problem.status === 401) {
            sessionLost();
            const isRefused = unproven.current >= REFUSALS;
            throw isRefused ? new ApiError(texts.problem.refused, 401) : problem;
          }
          if (problem.status !== 429 || waits >= WAITS || version !== identityVersion()) throw problem;
          noteProblem(problem);
          dispatch({ type: 'held' });
          await pause(problem.patience * 1000);
          if (version !== identityVersion()) throw problem;
          dispatch({ type: 'resumed' });
        }
      }
    },
    [opened, proved, sessionLost, noteProblem],
  );

  const send = useCallback(
    async (outgoing: Outgoing, shown: string, picture: Picture | null = null) => {
      const { id } = outgoing;
      const version = identityVersion();
      dispatch({ type: 'sending', outgoing, shown, picture, time: Date.now() / 1000 });
      try {
        const messages = await queue.add(id, () => deliver(outgoing, version));
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
    [queue, deliver, receive, noteProblem],
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
    ({ outgoing, message }: Entry) => {
      if (outgoing && !isMissing(outgoing)) void send(outgoing, message.text);
    },
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

  const seeLoss = useCallback(() => dispatch({ type: 'loss_seen' }), []);

  const connection: Connection = !online ? 'offline' : reachable ? 'good' : 'unreachable';
  const awaited = status.speaker !== 'agent' && awaitsAnswer(entries);
  return {
    customer: conversation.customer,
    writer: conversation.writer,
    id,
    lost: conversation.lost,
    leftDraft,
    questions: conversation.questions,
    links: conversation.links,
    entries,
    session,
    openProblem,
    status,
    limits,
    connection: useConnectionNotice(connection),
    rateLimit,
    typing: awaited ? 'bot' : typing,
    // Buttons of a session that is gone lead nowhere.
    answerable: session === 'refused' ? null : answerable(entries),
    open,
    sendText,
    sendPicture,
    press,
    resend,
    takeBack,
    rate,
    leaveHuman,
    seeLoss,
  } as const;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
