import { clsx } from '@chatui/core';
import { useState } from 'react';
import type { CSSProperties } from 'react';
import { thumbnailRatio } from '../../shared/picture';
import type { Picture } from '../../shared/types';
import { texts } from '../texts';
import type { Message } from '../types';
import { PictureDialog } from './PictureDialog';

interface Props {
  message: Message;
  picture: Picture;
  sending: boolean;
}

/** A small view of a picture, of a size known before it is loaded: nothing jumps. */
export function Thumbnail({ message, picture, sending }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const what = message.from === 'customer' ? texts.picture.customer : texts.picture.others;
  const ratio = thumbnailRatio(picture);
  // React sets these one by one in script, which a strict style-src allows.
  const shape = { '--ratio': ratio } as CSSProperties;
  return (
    <>
      <button
        type="button"
        className={clsx('thumbnail', ratio < 1 && 'thumbnail--tall')}
        style={shape}
        aria-label={isBroken ? texts.picture.broken : texts.picture.enlarge(what)}
        aria-haspopup="dialog"
        disabled={isBroken}
        onClick={() => setOpen(true)}
      >
        <span className="thumbnail-shape" />
        {isBroken ? (
          <span className="thumbnail-note">{texts.picture.broken}</span>
        ) : (
          <img src={picture.url} alt="" onError={() => setBroken(true)} draggable={false} />
        )}
        {sending && <span className="thumbnail-note">{texts.picture.sending}</span>}
      </button>
      {isOpen && <PictureDialog picture={picture} what={what} onClose={() => setOpen(false)} />}
    </>
  );
}
