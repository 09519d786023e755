import { useEffect, useState } from 'react';
import { texts } from '../texts';
import { RatingForm } from './RatingForm';

interface Props {
  /** The server asks for a rating now. */
  asked: boolean;
  /** How often the customer has chosen it from the menu. */
  requests: number;
  onRate: (score: number, comment: string) => Promise<void>;
  onClose: () => void;
}

/** The rating form, when it was asked for by either side. */
export function Rating({ asked, requests, onRate, onClose }: Props) {
  const [shown, setShown] = useState<'asked' | 'requested' | null>(null);

  // Only the moment of being asked counts: 以后再说 holds until asked again.
  useEffect(() => {
    setShown((now) => (asked ? (now ?? 'asked') : now === 'asked' ? null : now));
  }, [asked]);

  useEffect(() => {
    if (requests > 0) setShown('requested');
  }, [requests]);

  const close = () => {
    setShown(null);
    onClose();
  };

  return (
    <>
      <p className="sr-only" role="status">
        {shown === 'asked' && texts.rating.asked}
      </p>
      {shown && (
        <RatingForm
          key={shown === 'requested' ? requests : 0}
          takeFocus={shown === 'requested'}
          onRate={onRate}
          onClose={close}
        />
      )}
    </>
  );
}
