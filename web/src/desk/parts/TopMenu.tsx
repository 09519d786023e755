import { Menu, MenuItem } from '../../shared/Menu';
import { go, routeTo, TEACH_PAGES } from '../route';
import type { LeadPage, Route } from '../route';
import { logout } from '../session';
import { texts } from '../texts';

export const LEAD_PAGES: readonly LeadPage[] = ['live', 'figures', 'talks', 'accounts', 'audit'];

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
      {isLead && TEACH_PAGES.map((name) => page(routeTo(name)))}
      {isLead && LEAD_PAGES.map((name) => page({ page: name }))}
      <MenuItem onClick={onHelp}>{texts.nav.help}</MenuItem>
      <MenuItem onClick={() => void logout()}>{texts.nav.logout}</MenuItem>
    </Menu>
  );
}
