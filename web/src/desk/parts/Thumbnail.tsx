import { useState } from 'react';
import type { CSSProperties } from 'react';
import { texts } from '../texts';
import type { Author, Picture } from '../types';
import { Dialog } from './Dialog';

/** Very long or wide pictures (screenshots of lists) are cut in the small view. */
const NARROWEST = 0.62;
const WIDEST = 1.9;

/** A small view of a picture, of a size known before it is loaded: nothing jumps. */
export function Thumbnail({ picture, from }: { picture: Picture; from: Author }) {
  const [isOpen, setOpen] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const what = from === 'customer' ? texts.picture.customer : texts.picture.agent;
  const ratio = Math.min(WIDEST, Math.max(NARROWEST, picture.width / picture.height || 1));
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
