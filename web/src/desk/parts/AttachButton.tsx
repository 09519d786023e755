import { useRef } from 'react';
import type { ChangeEvent } from 'react';
import { pictureTypes } from '../picture';
import { texts } from '../texts';
import { PictureIcon } from './icons';

export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);

  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles(Array.from(event.target.files ?? []));
    event.target.value = ''; // or the same picture could not be chosen twice
  };

  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={texts.composer.attach}
        title={texts.composer.attach}
        onClick={() => input.current?.click()}
      >
        <PictureIcon />
      </button>
      <input type="file" hidden multiple ref={input} accept={pictureTypes} onChange={onChange} />
    </>
  );
}
