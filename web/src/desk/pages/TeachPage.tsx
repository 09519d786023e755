// Sentences, trials and versions are loaded when a lead opens them: agents never need them.
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import type { TeachPageName } from '../route';
import { texts } from '../texts';
import { useLoad } from '../useLoad';

const load = () => import('../studio/teach/Teach');

export function TeachPage({ page }: { page: TeachPageName }) {
  const { value: loaded, problem, retry } = useLoad(load);
  if (loaded) return <loaded.Teach page={page} />;
  return (
    <Page title={texts.nav[page]}>
      <LoadProblem problem={problem} retry={retry} isLoading={!problem} />
    </Page>
  );
}
