import { Button } from '@chatui/core';
import { useEffect, useState } from 'react';
import { DownIcon } from '../../shared/icons';
import { texts } from '../texts';
import type { Button as Choice } from '../types';
import { Choices } from './Choices';

interface Props {
  questions: Choice[];
  onPress: (choice: Choice) => void;
  onClose: () => void;
}

/** The welcome's questions, once other messages stand below it. */
export function Questions({ questions, onPress, onClose }: Props) {
  const [isOpen, setOpen] = useState(false);

  useEffect(() => {
    if (!isOpen) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setOpen(false);
      onClose();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isOpen, onClose]);

  return (
    <div className="questions">
      {isOpen && (
        <Choices
          choices={questions}
          onPress={(choice) => {
            setOpen(false);
            onPress(choice);
            onClose();
          }}
        />
      )}
      <Button className="questions-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {texts.questions}
        <DownIcon />
      </Button>
    </div>
  );
}
