import { texts } from '../texts';
import { span } from '../times';
import type { Figures, Spread } from '../types';

export function FigureCards({ figures }: { figures: Figures }) {
  const { conversations, ratings, closed, feedback } = figures;
  const share = (count: number) =>
    conversations > 0 ? texts.figures.share(Math.round((100 * count) / conversations)) : null;
  const rated = ratings.counts.reduce((sum, count) => sum + count, 0);
  const cards: [string, string, string | null][] = [
    [texts.figures.conversations, String(conversations), null],
    [texts.figures.messages, String(figures.messages), null],
    [texts.figures.botAlone, String(figures.botAlone), share(figures.botAlone)],
    [texts.figures.judged, String(feedback.useful), texts.figures.unhelpful(feedback.unhelpful)],
    // Some ask more than once: what is not the bot's alone is theirs, and both make up the whole.
    [texts.figures.handedOver, String(figures.handedOver), share(conversations - figures.botAlone)],
    [texts.figures.unanswered, String(figures.unanswered), null],
    [texts.figures.waiting, ...spread(figures.waiting)],
    [texts.figures.firstAnswer, ...spread(figures.firstAnswer)],
    [texts.figures.handling, ...spread(figures.handling)],
    [texts.figures.rating, ratings.average?.toFixed(1) ?? texts.none, texts.figures.ratings(rated)],
    [texts.figures.ended, String(closed.solved), texts.figures.ends(closed.unsolved, closed.unsaid)],
    [texts.figures.cameBack, String(closed.cameBack), null],
  ];
  return (
    <dl className="cards">
      {cards.map(([title, value, more]) => (
        <div key={title} className="card">
          <dt>{title}</dt>
          <dd>
            <strong>{value}</strong>
            {more && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function spread({ median, longest }: Spread): [string, string | null] {
  return [
    median === null ? texts.none : span(median),
    longest === null ? null : texts.figures.longest(span(longest)),
  ];
}
