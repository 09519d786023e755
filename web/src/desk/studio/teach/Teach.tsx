// What the assistant learns from, how versions of it answer, and which of them does.
import '../studio.css';
import './teach.css';
import type { TeachPageName } from '../../route';
import { SentencesPage } from './SentencesPage';
import { TrialPage } from './TrialPage';
import { VersionsPage } from './VersionsPage';

export function Teach({ page }: { page: TeachPageName }) {
  if (page === 'sentences') return <SentencesPage />;
  return page === 'trial' ? <TrialPage /> : <VersionsPage />;
}
