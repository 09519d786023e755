// The page: title bar, conversation, input.
import { ConfigProvider } from '@chatui/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { hasKeyboard } from '../shared/hasKeyboard';
import { useTellTyping } from '../shared/useTellTyping';
import { sendTyping } from './api';
import { Callback } from './components/Callback';
import { Composer } from './components/Composer';
import type { ComposerHandle } from './components/Composer';
import { DropZone } from './components/DropZone';
import { EndHuman } from './components/EndHuman';
import { MessageList } from './components/MessageList';
import { Notices } from './components/Notices';
import { PictureProblem } from './components/PictureProblem';
import { Questions } from './components/Questions';
import { Rating } from './components/Rating';
import { TitleBar } from './components/TitleBar';
import type { Entry } from './conversation';
import { tellHost } from './host';
import { texts } from './texts';
import { useTextSize } from './textSize';
import { unsentStore } from './unsent';
import { useConversation } from './useConversation';
import { useHost } from './useHost';
import { usePictures } from './usePictures';
import { useViewportHeight } from './useViewportHeight';

export function App() {
  const conversation = useConversation();
  const { customer, writer, entries, limits, status, sendText, sendPicture, takeBack } = conversation;
  const pictures = usePictures(limits, sendPicture);
  const tellTyping = useTellTyping(status.speaker === 'bot' ? null : sendTyping);
  const [textSize, setTextSize] = useTextSize();
  const [ratingRequests, setRatingRequests] = useState(0);
  const [endsHuman, setEndsHuman] = useState(false);
  const { closable, shownTimes } = useHost(conversation.id, entries);
  const composer = useRef<ComposerHandle>(null);
  const list = useRef<HTMLDivElement>(null);
  useViewportHeight();

  useEffect(() => {
    // Not on phones, where the keyboard would cover half of the page that has just opened.
    if (shownTimes > 0 && hasKeyboard()) composer.current?.focus();
  }, [shownTimes]);

  const { leftDraft } = conversation;
  useEffect(() => {
    if (leftDraft) composer.current?.bringBack(leftDraft);
  }, [leftDraft]);

  const write = useCallback(
    (text: string) => {
      unsentStore.writes(text);
      tellTyping(text);
    },
    [tellTyping],
  );

  const isWithAgent = status.speaker === 'agent';
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever comes or goes closes the question
  useEffect(() => setEndsHuman(false), [isWithAgent]);

  const edit = useCallback(
    (entry: Entry) => {
      takeBack(entry.message.id);
      composer.current?.edit(entry.message.text);
    },
    [takeBack],
  );

  /** Where the focus goes when what had it disappears. Not the input: a phone would open its keyboard. */
  const focusList = useCallback(() => list.current?.focus({ preventScroll: true }), []);

  // An impatient second tap must not ask twice.
  const sendOnce = (text: string) => {
    const underWay = entries.some(
      ({ delivery, message }) => delivery === 'sending' && message.text === text,
    );
    if (!underWay) sendText(text);
  };

  // The empty list says so itself, with a button.
  const listExplains = conversation.session === 'failed' && conversation.connection !== 'offline';

  // The newest message may be the welcome, which has them as its buttons.
  const onScreen = entries.find(({ message }) => message.id === conversation.answerable)?.message.buttons;
  const offersQuestions =
    !isWithAgent &&
    conversation.session !== 'refused' &&
    conversation.questions.length > 0 &&
    conversation.questions.some(({ title }) => !onScreen?.some((button) => button.title === title));

  return (
    <ConfigProvider locale="zh-CN">
      <div className="ChatApp">
        <TitleBar
          status={status}
          onHuman={() => sendOnce(texts.human)}
          onLeaveQueue={() => sendOnce(texts.leaveQueue)}
          onEndHuman={() => setEndsHuman(true)}
          onRate={() => setRatingRequests((before) => before + 1)}
          textSize={textSize}
          onTextSize={setTextSize}
          onClose={closable ? () => tellHost({ type: 'ok-kefu-close' }) : null}
        />
        <main className="page-main">
          {status.hours && <p className="service-hours">{status.hours}</p>}
          {status.callback !== null && <Callback isKept={status.callback} />}
          <Notices
            connection={listExplains ? 'good' : conversation.connection}
            rateLimit={conversation.rateLimit}
            lost={conversation.lost}
            onLossSeen={() => {
              conversation.seeLoss();
              focusList();
            }}
          />
          <MessageList {...conversation} scroller={list} onEdit={edit} />
          {endsHuman && isWithAgent && (
            <EndHuman
              onEnd={conversation.leaveHuman}
              onClose={() => {
                setEndsHuman(false);
                focusList();
              }}
            />
          )}
          {/* By customer: what one had begun to write is not for the next to see. */}
          <Rating
            key={`rating-${customer}`}
            asked={status.rate}
            requests={ratingRequests}
            onRate={conversation.rate}
            onClose={focusList}
          />
          <PictureProblem
            sentence={pictures.problem}
            onDismiss={() => {
              pictures.dismiss();
              focusList();
            }}
          />
          {offersQuestions && (
            <Questions
              questions={conversation.questions}
              onPress={conversation.press}
              onClose={focusList}
            />
          )}
          <Composer
            key={`composer-${writer}`}
            ref={composer}
            limits={limits}
            textSize={textSize}
            onWrite={write}
            onSend={sendText}
            onFiles={pictures.sendFiles}
          />
        </main>
        {limits && <DropZone onFiles={pictures.sendFiles} />}
      </div>
    </ConfigProvider>
  );
}
