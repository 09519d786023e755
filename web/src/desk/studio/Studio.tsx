// The content: all documents on the left, the one that is edited beside them.
import './studio.css';
import { useCallback } from 'react';
import { BackIcon } from '../../shared/icons';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { hrefOf } from '../route';
import { useLoad } from '../useLoad';
import { fetchDocuments } from './api';
import { DocumentEditor } from './DocumentEditor';
import { DocumentList } from './DocumentList';
import { EditList } from './EditList';
import { texts } from './texts';

export function Studio({ name }: { name: string | null }) {
  const { value, problem, retry } = useLoad(fetchDocuments);
  const documents = value?.documents ?? [];
  const titleOf = useCallback(
    (document: string) => documents.find((each) => each.name === document)?.title ?? document,
    [documents],
  );

  return (
    <Page title={name === null ? texts.title : titleOf(name)}>
      <div className="studio" data-open={name !== null || undefined}>
        <div className="studio-list">
          <LoadProblem problem={problem} retry={retry} isLoading={!value && !problem} />
          {value && <DocumentList documents={documents} current={name} />}
        </div>
        <div className="studio-main">
          {value && !value.isWritable && <p className="notice-bar">{texts.readOnly}</p>}
          {name === null ? (
            <>
              <p className="soft">{texts.explain}</p>
              <h3>{texts.recent}</h3>
              <EditList document={null} titleOf={titleOf} onUndone={retry} />
            </>
          ) : (
            <>
              <a className="studio-back" href={hrefOf({ page: 'content', document: null })}>
                <BackIcon /> {texts.back}
              </a>
              <DocumentEditor key={name} name={name} titleOf={titleOf} onSaved={retry} />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}
