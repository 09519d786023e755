import { useEffect, useState } from 'react';
import { texts } from '../texts';

interface Props {
  onFiles: (files: File[]) => void;
}

/** Pictures dropped anywhere on the page. Without it, the browser would leave the page for the file. */
export function DropZone({ onFiles }: Props) {
  const [isOver, setOver] = useState(false);

  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (!event.relatedTarget) setOver(false); // out of the window, not only into another element
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      const files = Array.from(event.dataTransfer?.files ?? []);
      if (files.length === 0) return;
      event.preventDefault();
      onFiles(files);
    };
    document.addEventListener('dragover', onDragOver);
    document.addEventListener('dragleave', onDragLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('dragover', onDragOver);
      document.removeEventListener('dragleave', onDragLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, [onFiles]);

  return isOver ? (
    <div className="drop-zone" aria-hidden="true">
      {texts.picture.drop}
    </div>
  ) : null;
}
