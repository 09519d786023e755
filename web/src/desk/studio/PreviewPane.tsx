import { useCallback, useEffect, useRef, useState } from 'react';
import { texts } from './texts';
import type { Shown } from './types';

interface Props {
  shown: Shown | null;
}

/** What customers read, as each channel shows it. */
export function PreviewPane({ shown }: Props) {
  const [channel, setChannel] = useState('web');
  const platforms = shown?.platforms ?? [];
  const platform = platforms.find(({ name }) => name === channel);
  const isEmpty = !shown || shown.page.length === 0;
  const isWrong = isEmpty && (shown?.problems.length ?? 0) > 0;
  const tabs = [{ name: 'web', title: texts.page }, ...platforms];

  return (
    <div className="preview">
      <div className="preview-tabs" role="group" aria-label={texts.preview}>
        {tabs.map(({ name, title }) => (
          <button
            key={name}
            type="button"
            className="button"
            aria-pressed={name === (platform?.name ?? 'web')}
            onClick={() => setChannel(name)}
          >
            {title}
          </button>
        ))}
      </div>
      {isEmpty && (
        <p className="soft preview-none">
          {!shown ? texts.previewing : isWrong ? texts.wrongPreview : texts.noPreview}
        </p>
      )}
      {!isEmpty && !platform && <ChatFrame messages={shown.page} />}
      {!isEmpty && platform && (
        <div className="phone" data-channel={platform.name} tabIndex={0} role="region" aria-label={platform.title}>
          {platform.messages.map((message, index) => (
            <div key={index} className="phone-message">
              {message.text}
              {message.options.length > 0 && platform.name === 'wechat' && (
                <MenuOptions options={message.options} text={message.text} />
              )}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** Options that stand beside the text; numbered ones are lines of it. */
function MenuOptions({ options, text }: { options: string[]; text: string }) {
  if (options.every((option) => text.includes(option))) return null;
  return (
    <ul className="phone-options">
      {options.map((option) => (
        <li key={option}>{option}</li>
      ))}
    </ul>
  );
}

/** The chat page's own messages, in a frame: drawn by its code, with its style. */
function ChatFrame({ messages }: { messages: unknown[] }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const send = useCallback(() => {
    frame.current?.contentWindow?.postMessage(messages, window.location.origin);
  }, [messages]);

  useEffect(() => {
    send();
    const hear = (event: MessageEvent) => {
      if (event.source === frame.current?.contentWindow) send(); // it has just been loaded
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, [send]);

  return <iframe ref={frame} className="phone" title={texts.preview} src="/desk/preview" />;
}
