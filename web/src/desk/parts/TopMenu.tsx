import { Menu, MenuItem } from '../../shared/Menu';
import { go, routeTo, TEACH_PAGES } from '../route';
import type { LeadPage, Route } from '../route';
import { logout } from '../session';
import { texts } from '../texts';

export const LEAD_PAGES: readonly LeadPage[] = ['live', 'figures', 'talks', 'accounts', 'audit'];

interface Props {
  route: Route;
  isLead: boolean;
  onHelp: () => void;
}

export function TopMenu({ route, isLead, onHelp }: Props) {
  const page = (to: Route) => (
    <MenuItem
      key={to.page}
      aria-current={to.page === route.page ? 'page' : undefined}
      onClick={() => go(to)}
    >
      {texts.nav[to.page]}
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
