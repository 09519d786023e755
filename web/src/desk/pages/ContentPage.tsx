// The studio is loaded when a lead opens it: agents never need it.
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { texts } from '../texts';
import { useLoad } from '../useLoad';

const load = () => import('../studio/Studio');

export function ContentPage({ document }: { document: string | null }) {
  const { value: loaded, problem, retry } = useLoad(load);
  if (loaded) return <loaded.Studio name={document} />;
  return (
    <Page title={texts.nav.content}>
      <LoadProblem problem={problem} retry={retry} isLoading={!problem} />
    </Page>
  );
}
