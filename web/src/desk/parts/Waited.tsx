import { texts } from '../texts';
import { ticking } from '../times';
import { useNow } from '../useNow';

/** How long somebody has been waiting, ticking. */
export function Waited({ since }: { since: number }) {
  const now = useNow();
  return <span className="waited">{texts.queue.waited(ticking(now - since))}</span>;
}
