import { useRef } from 'react';
import type { ChangeEvent } from 'react';
import { PictureIcon } from './icons';
import { pictureTexts } from './texts';

interface Props {
  /** Those that may be sent, e.g. image/png. */
  types: string[];
  onFiles: (files: File[]) => void;
}

export function AttachButton({ types, onFiles }: Props) {
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
        aria-label={pictureTexts.attach}
        title={pictureTexts.attach}
        onClick={() => input.current?.click()}
      >
        <PictureIcon />
      </button>
      <input type="file" hidden multiple ref={input} accept={types.join(',')} onChange={onChange} />
    </>
  );
}
