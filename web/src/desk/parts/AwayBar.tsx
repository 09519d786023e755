import { forMe } from '../queue';
import { setAvailable } from '../session';
import { useDesk } from '../store';
import { texts } from '../texts';

/** Who is on a break, perhaps without knowing it, while customers wait. */
export function AwayBar() {
  const agent = useDesk((state) => state.me?.agent);
  const waiting = useDesk(({ queue, me }) => (me ? forMe(queue, me.agent).length : 0));
  const isShown = agent !== undefined && !agent.available && waiting > 0;
  return (
    <div role="status">
      {isShown && (
        <div className="question">
          <p>{texts.available.waiting(waiting)}</p>
          <button type="button" className="button button--main" onClick={() => void setAvailable(true)}>
            {texts.available.back}
          </button>
        </div>
      )}
    </div>
  );
}
