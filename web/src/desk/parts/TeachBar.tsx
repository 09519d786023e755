import { hrefOf, routeTo, TEACH_PAGES } from '../route';
import type { Route } from '../route';
import { texts } from '../texts';

/** The four pages by which a lead teaches the assistant, in the order of the work. */
export function TeachBar({ route }: { route: Route }) {
  return (
    <nav className="teach-bar" aria-label={texts.nav.teachLabel}>
      {TEACH_PAGES.map((page) => (
        <a
          key={page}
          href={hrefOf(routeTo(page))}
          aria-current={route.page === page ? 'page' : undefined}
        >
          <b>{texts.nav[page]}</b>
          <small>{texts.teach[page]}</small>
        </a>
      ))}
    </nav>
  );
}
