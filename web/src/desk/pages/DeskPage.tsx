// The three columns. On narrow screens they are three views; CSS decides by data-view which is seen.
import { ConversationPane } from '../parts/ConversationPane';
import { DetailsPane } from '../parts/DetailsPane';
import { QueuePane } from '../parts/QueuePane';
import { texts } from '../texts';

interface Props {
  ticket: number | null;
  /** Whether the details were asked for; where there is room they are always there. */
  info: boolean;
}

export function DeskPage({ ticket, info }: Props) {
  const view = ticket === null ? 'lists' : info ? 'info' : 'talk';
  return (
    <main className="desk" data-view={view}>
      <QueuePane open={ticket} />
      {ticket === null ? (
        <section className="pane talk talk--empty" aria-label={texts.conversation.label}>
          <p>{texts.conversation.empty}</p>
          <p className="soft">{texts.conversation.emptyHint}</p>
        </section>
      ) : (
        <>
          {/* By ticket: what one had scrolled or opened is not for the next. */}
          <ConversationPane key={`talk-${ticket}`} id={ticket} />
          <DetailsPane key={`info-${ticket}`} id={ticket} isAsked={info} />
        </>
      )}
    </main>
  );
}
