import { useRef } from 'react';
import type { ChangeEvent } from 'react';
import { texts } from '../texts';
import type { Limits } from '../types';
import { PictureIcon } from './icons';

interface Props {
  limits: Limits;
  onFiles: (files: File[]) => void;
}

export function AttachButton({ limits, onFiles }: Props) {
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
        aria-label={texts.picture.attach}
        onClick={() => input.current?.click()}
      >
        <PictureIcon />
      </button>
      <input
        type="file"
        hidden
        multiple
        ref={input}
        accept={limits.pictureTypes.join(',')}
        onChange={onChange}
      />
    </>
  );
}
