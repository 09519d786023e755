import { hrefOf, isTeaching, routeTo } from '../route';
import type { Route } from '../route';
import { setAvailable } from '../session';
import { useDesk } from '../store';
import { texts } from '../texts';
import { AlertsButton } from './AlertsButton';
import { LEAD_PAGES, TopMenu, Waiting } from './TopMenu';

interface Props {
  route: Route;
  onHelp: () => void;
}

export function TopBar({ route, onHelp }: Props) {
  const agent = useDesk((state) => state.me?.agent);
  const connection = useDesk((state) => state.connection);
  const waiting = useDesk((state) => state.queue?.waiting.length ?? 0);
  if (!agent) return null;
  return (
    <header className="top" data-role={agent.role}>
      <h1 className="top-title">{texts.title}</h1>
      <nav className="top-nav" aria-label={texts.nav.label}>
        <a
          href={hrefOf({ page: 'desk', ticket: null, info: false })}
          aria-current={route.page === 'desk' ? 'page' : undefined}
        >
          {texts.nav.desk}
          {route.page !== 'desk' && waiting > 0 && <Waiting count={waiting} />}
        </a>
        <a href={hrefOf({ page: 'search' })} aria-current={route.page === 'search' ? 'page' : undefined}>
          {texts.nav.search}
        </a>
        {agent.role === 'lead' && (
          <>
            <a
              href={hrefOf(routeTo('content'))}
              aria-current={isTeaching(route) ? 'page' : undefined}
            >
              {texts.nav.teach}
            </a>
            {LEAD_PAGES.map((page) => (
              <a
                key={page}
                href={hrefOf({ page })}
                aria-current={route.page === page ? 'page' : undefined}
              >
                {texts.nav[page]}
              </a>
            ))}
          </>
        )}
      </nav>
      <div className="top-end">
        <span className="connection" role="status" data-connection={connection}>
          <span>{texts.connection[connection]}</span>
        </span>
        <span className="top-name">
          {agent.name}
          {agent.role === 'lead' && <small>{texts.lead}</small>}
        </span>
        <button
          type="button"
          role="switch"
          className="switch"
          aria-label={texts.available.label}
          aria-checked={agent.available}
          onClick={() => void setAvailable(!agent.available)}
        >
          <span className="switch-knob" aria-hidden="true" />
          {agent.available ? texts.available.on : texts.available.off}
        </button>
        <AlertsButton />
        <TopMenu route={route} isLead={agent.role === 'lead'} waiting={route.page === 'desk' ? 0 : waiting} onHelp={onHelp} />
      </div>
    </header>
  );
}
