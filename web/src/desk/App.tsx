// Which page is shown, and what belongs to all of them.
import { useEffect, useState } from 'react';
import { AccountsPage } from './pages/AccountsPage';
import { AuditPage } from './pages/AuditPage';
import { ContentPage } from './pages/ContentPage';
import { DeskPage } from './pages/DeskPage';
import { FiguresPage } from './pages/FiguresPage';
import { LivePage } from './pages/LivePage';
import { LoginPage } from './pages/LoginPage';
import { SearchPage } from './pages/SearchPage';
import { TalksPage } from './pages/TalksPage';
import { TeachPage } from './pages/TeachPage';
import { AlertsQuestion } from './parts/AlertsQuestion';
import { AwayBar } from './parts/AwayBar';
import { HelpDialog } from './parts/HelpDialog';
import { TeachBar } from './parts/TeachBar';
import { Toasts } from './parts/Toasts';
import { TopBar } from './parts/TopBar';
import { forMe, isWaiting, unseen } from './queue';
import { isTeaching, isTeachPage, useRoute } from './route';
import type { Route } from './route';
import { show } from './session';
import { useDesk } from './store';
import { texts } from './texts';
import { useShortcuts } from './useShortcuts';

export function App() {
  const session = useDesk((state) => state.session);
  const problem = useDesk((state) => state.problem);
  if (session === 'unknown') {
    return (
      <main className="starting" role="status">
        {problem ?? texts.loading}
      </main>
    );
  }
  if (session !== 'open') return <LoginPage wasLost={session === 'lost'} />;
  return <Console />;
}

function Console() {
  const route = useRoute();
  const isLead = useDesk((state) => state.me?.agent.role === 'lead');
  const [isHelpOpen, setHelpOpen] = useState(false);
  const ticket = route.page === 'desk' ? route.ticket : null;
  useShortcuts(() => setHelpOpen(true));
  useUnseenInTitle();
  useEffect(() => show(ticket), [ticket]);

  return (
    <div className="console">
      <TopBar route={route} onHelp={() => setHelpOpen(true)} />
      <AlertsQuestion />
      {isLead && isTeaching(route) && <TeachBar route={route} />}
      <AwayBar />
      <Page route={route} />
      <Toasts />
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

function Page({ route }: { route: Route }) {
  const isLead = useDesk((state) => state.me?.agent.role === 'lead');
  if (route.page === 'search') return <SearchPage />;
  // The server refuses these to agents; they need not be shown an empty page.
  if (isLead && route.page === 'content') return <ContentPage document={route.document} />;
  if (isLead && route.page === 'live') return <LivePage />;
  if (isLead && route.page === 'figures') return <FiguresPage />;
  if (isLead && isTeachPage(route.page)) return <TeachPage key={route.page} page={route.page} />;
  if (isLead && route.page === 'talks') return <TalksPage />;
  if (isLead && route.page === 'accounts') return <AccountsPage />;
  if (isLead && route.page === 'audit') return <AuditPage />;
  return <DeskPage ticket={route.page === 'desk' ? route.ticket : null} info={route.page === 'desk' && route.info} />;
}

function useUnseenInTitle() {
  const count = useDesk(({ queue, seen, me }) => {
    const fresh = (queue?.mine ?? []).reduce((sum, ticket) => sum + unseen(ticket, seen), 0);
    const waiting = me?.agent.available ? forMe(queue, me.agent).filter(isWaiting).length : 0;
    return fresh + waiting;
  });
  useEffect(() => {
    document.title = count > 0 ? `(${count}) ${texts.title}` : texts.title;
    return () => {
      document.title = texts.title;
    };
  }, [count]);
}
