// The chat page's messages alone, for a lead who edits them: the console frames this page.
import './styles/chatui.less';
import './styles/page.css';
import './styles/preview.css';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { list } from '../shared/reading';
import { MessageItem } from './components/MessageItem';
import { toMessage } from './reading';
import type { Message } from './types';

const nothing = () => undefined;

function Preview() {
  const [messages, setMessages] = useState<Message[]>([]);

  useEffect(() => {
    const hear = (event: MessageEvent) => {
      const isOurs = event.origin === window.location.origin && event.source === window.parent;
      if (isOurs && Array.isArray(event.data)) setMessages(list(event.data, toMessage));
    };
    window.addEventListener('message', hear);
    window.parent.postMessage('ready', window.location.origin);
    return () => window.removeEventListener('message', hear);
  }, []);

  return (
    <main className="preview" tabIndex={0} aria-label="客户看到的">
      {messages.map((message) => (
        <MessageItem
          key={message.id}
          entry={{ message, delivery: 'sent' }}
          active={true}
          links={[]}
          onPress={nothing}
          onResend={nothing}
          onEdit={nothing}
          onTakeBack={nothing}
        />
      ))}
    </main>
  );
}

createRoot(document.getElementById('root')!).render(<Preview />);
