import { Button } from '@chatui/core';
import { useEffect, useState } from 'react';
import { CloseIcon, HumanIcon } from '../../shared/icons';
import { texts } from '../texts';
import type { TextSize } from '../textSize';
import type { Status } from '../types';
import { TitleMenu } from './TitleMenu';

const SETTLING_MS = 1200;

interface Props {
  status: Status;
  onHuman: () => void;
  onLeaveQueue: () => void;
  onEndHuman: () => void;
  onRate: () => void;
  textSize: TextSize;
  onTextSize: (size: TextSize) => void;
  /** Only where a host can close the page. */
  onClose: (() => void) | null;
}

/** ChatUI's Navbar with room for a status that is spoken when it changes. */
export function TitleBar(props: Props) {
  const { status, onHuman, onLeaveQueue, onEndHuman, onRate, textSize, onTextSize, onClose } = props;
  const isWaiting = status.speaker === 'waiting';
  const isSettled = useSettled(status.speaker);
  return (
    <header className="Navbar Navbar--left">
      <div className="Navbar-main">
        <div className="Navbar-inner">
          <h1 className="Navbar-title">{texts.title}</h1>
          <div className="Navbar-desc" role="status" data-speaker={status.speaker}>
            {texts.status(status)}
          </div>
        </div>
      </div>
      <div className="title-actions">
        {status.speaker === 'agent' ? (
          <Button className="human-button" onClick={onEndHuman}>
            {texts.endHuman.button}
          </Button>
        ) : (
          <Button
            className="human-button"
            aria-disabled={!isSettled}
            onClick={() => isSettled && (isWaiting ? onLeaveQueue() : onHuman())}
          >
            {!isWaiting && <HumanIcon />}
            {isWaiting ? texts.leaveQueueButton : texts.human}
          </Button>
        )}
        <TitleMenu textSize={textSize} onTextSize={onTextSize} onRate={status.rate ? onRate : null} />
        {onClose && (
          <button type="button" className="icon-button" aria-label={texts.closePage} onClick={onClose}>
            <CloseIcon />
          </button>
        )}
      </div>
    </header>
  );
}

/**
 * False for a moment after a change: the second tap of an impatient customer must not leave the queue
 * that the first one has just entered.
 */
function useSettled(speaker: Status['speaker']): boolean {
  const [settled, setSettled] = useState(speaker);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(speaker), SETTLING_MS);
    return () => clearTimeout(timer);
  }, [speaker]);
  return settled === speaker;
}
