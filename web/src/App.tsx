// The page: title bar, conversation, input.
import { ConfigProvider } from '@chatui/core';
import { useCallback, useRef } from 'react';
import { Composer } from './components/Composer';
import type { ComposerHandle } from './components/Composer';
import { ConnectionNotice } from './components/ConnectionNotice';
import { MessageList } from './components/MessageList';
import { TitleBar } from './components/TitleBar';
import type { Entry } from './conversation';
import { texts } from './texts';
import { useConversation } from './useConversation';
import { useViewportHeight } from './useViewportHeight';

export function App() {
  const conversation = useConversation();
  const { entries, sendText, takeBack } = conversation;
  const composer = useRef<ComposerHandle>(null);
  useViewportHeight();

  const edit = useCallback(
    (entry: Entry) => {
      takeBack(entry.message.id);
      composer.current?.edit(entry.message.text);
    },
    [takeBack],
  );

  // An impatient second tap must not ask for a human twice.
  const callingHuman = entries.some(
    ({ delivery, message }) => delivery === 'sending' && message.text === texts.human,
  );

  // The empty list says so itself, with a button.
  const listExplains = conversation.session === 'failed' && conversation.connection !== 'offline';

  return (
    <ConfigProvider locale="zh-CN">
      <div className="ChatApp">
        <TitleBar onHuman={() => callingHuman || sendText(texts.human)} />
        <main className="page-main">
          <h1 className="sr-only">{texts.title}</h1>
          <ConnectionNotice connection={listExplains ? 'good' : conversation.connection} />
          <MessageList {...conversation} onEdit={edit} />
          <Composer ref={composer} onSend={sendText} />
        </main>
      </div>
    </ConfigProvider>
  );
}
