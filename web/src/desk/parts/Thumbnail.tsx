import { useState } from 'react';
import type { CSSProperties } from 'react';
import { thumbnailRatio } from '../../shared/picture';
import type { Author, Picture } from '../../shared/types';
import { texts } from '../texts';
import { Dialog } from './Dialog';

/** A small view of a picture, of a size known before it is loaded: nothing jumps. */
export function Thumbnail({ picture, from }: { picture: Picture; from: Author }) {
  const [isOpen, setOpen] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const what = from === 'customer' ? texts.picture.customer : texts.picture.agent;
  const ratio = thumbnailRatio(picture);
  // React sets these one by one in script, which a strict style-src allows.
  const shape = { aspectRatio: String(ratio) } as CSSProperties;
  if (isBroken) return <p className="bubble soft">{texts.picture.broken}</p>;
  return (
    <>
      <button
        type="button"
        className="thumbnail"
        style={shape}
        data-tall={ratio < 1}
        aria-label={texts.picture.enlarge(what)}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <img src={picture.url} alt="" onError={() => setBroken(true)} draggable={false} />
      </button>
      {isOpen && (
        <Dialog title={what} className="dialog--picture" onClose={() => setOpen(false)}>
          <img src={picture.url} alt={what} />
        </Dialog>
      )}
    </>
  );
}
