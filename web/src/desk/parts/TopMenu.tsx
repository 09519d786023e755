import { Menu, MenuItem } from '../../shared/Menu';
import { go } from '../route';
import type { Route } from '../route';
import { logout } from '../session';
import { texts } from '../texts';

/** The floor first, then what the assistant says and learns, then who may do what. */
export const LEAD_PAGES: readonly Exclude<Route['page'], 'desk' | 'search'>[] = [
  'live',
  'figures',
  'talks',
  'content',
  'sentences',
  'trial',
  'versions',
  'accounts',
  'audit',
];

export const routeOf = (page: (typeof LEAD_PAGES)[number]): Route =>
  page === 'content' ? { page, document: null } : { page };

export function Waiting({ count }: { count: number }) {
  return (
    <span className="badge">
      {texts.queue.waiting} {count}
    </span>
  );
}

interface Props {
  route: Route;
  isLead: boolean;
  /** How many customers, to be told on phones, where the bar has no pages. */
  waiting: number;
  onHelp: () => void;
}

export function TopMenu({ route, isLead, waiting, onHelp }: Props) {
  const page = (to: Route) => (
    <MenuItem
      key={to.page}
      aria-current={to.page === route.page ? 'page' : undefined}
      onClick={() => go(to)}
    >
      {texts.nav[to.page]}
      {to.page === 'desk' && waiting > 0 && <Waiting count={waiting} />}
    </MenuItem>
  );

  return (
    <Menu label={texts.nav.menu}>
      {page({ page: 'desk', ticket: null, info: false })}
      {page({ page: 'search' })}
      {isLead && LEAD_PAGES.map((name) => page(routeOf(name)))}
      <MenuItem onClick={onHelp}>{texts.nav.help}</MenuItem>
      <MenuItem onClick={() => void logout()}>{texts.nav.logout}</MenuItem>
    </Menu>
  );
}
