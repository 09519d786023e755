import { useCallback, useState } from 'react';
import { fetchAgents } from '../api';
import { sentenceOf } from '../http';
import { Dialog } from '../parts/Dialog';
import { LoadProblem } from '../parts/LoadProblem';
import { say } from '../store';
import { texts as common } from '../texts';
import { moment } from '../times';
import { useLoad } from '../useLoad';
import { fetchDifferences, fetchEdits, reasonOf, undo } from './api';
import { Differences } from './Differences';
import { texts } from './texts';
import type { Edit, Opened } from './types';
import { ApiError } from '../../shared/http';

/** As many as the server gives at once. */
const PAGE = 50;

interface Props {
  /** null: of all documents. */
  document: string | null;
  titleOf: (document: string) => string;
  onUndone: (document: Opened) => void;
}

/** Who changed what and when, newest first; each can be compared and taken back. */
export function EditList({ document, titleOf, onUndone }: Props) {
  const load = useCallback(() => fetchEdits(document), [document]);
  const { value: edits, setValue, problem, retry } = useLoad(load);
  const { value: agents } = useLoad(fetchAgents);
  const [compared, setCompared] = useState<Edit | null>(null);
  const [refused, setRefused] = useState<{ edit: number | null; reason: string } | null>(null);
  const [isAtEnd, setAtEnd] = useState(false);

  const takeBack = async (edit: Edit) => {
    setRefused(null);
    try {
      onUndone(await undo(edit.id));
      say(texts.undone);
      retry();
    } catch (error) {
      const isChanged = error instanceof ApiError && error.code === 'changed';
      setRefused({ edit: edit.id, reason: isChanged ? texts.undoChanged : texts.notUndone(reasonOf(error)) });
    }
  };

  const more = async () => {
    try {
      const earlier = await fetchEdits(document, edits?.[edits.length - 1]?.id);
      if (earlier.length < PAGE) setAtEnd(true);
      setValue((before) => [...(before ?? []), ...earlier]);
    } catch (error) {
      setRefused({ edit: null, reason: sentenceOf(error) });
    }
  };

  return (
    <>
      <LoadProblem problem={problem} retry={retry} isLoading={!edits && !problem} />
      {edits?.length === 0 && <p className="soft">{texts.noEdits}</p>}
      <ul className="edits">
        {edits?.map((edit) => (
          <li key={edit.id}>
            <p>
              <span className="soft">{moment(edit.time)}</span>{' '}
              <b>{agents?.find(({ login }) => login === edit.agent)?.name ?? edit.agent}</b>
            </p>
            <p>
              {document === null && <b>{titleOf(edit.document)}：</b>}
              {edit.undoes !== null && <span className="mark">{texts.undoes}</span>}
              {edit.summary}
            </p>
            <p className="edit-actions">
              <button type="button" className="link" onClick={() => setCompared(edit)}>
                {texts.compare}
              </button>
              <button type="button" className="link" onClick={() => void takeBack(edit)}>
                {texts.undo}
              </button>
            </p>
            <p className="form-problem" role="alert">
              {refused?.edit === edit.id && refused.reason}
            </p>
          </li>
        ))}
      </ul>
      <p className="form-problem" role="alert">
        {refused?.edit === null && refused.reason}
      </p>
      {edits && !isAtEnd && edits.length >= PAGE && (
        <button type="button" className="button" onClick={() => void more()}>
          {common.more}
        </button>
      )}
      {compared && <Compared edit={compared} onClose={() => setCompared(null)} />}
    </>
  );
}

function Compared({ edit, onClose }: { edit: Edit; onClose: () => void }) {
  const load = useCallback(() => fetchDifferences(edit.id), [edit.id]);
  const { value: differences, problem, retry } = useLoad(load);
  return (
    <Dialog title={texts.compareTitle} onClose={onClose} className="dialog--wide">
      <LoadProblem problem={problem} retry={retry} isLoading={!differences && !problem} />
      {differences && <Differences differences={differences} />}
    </Dialog>
  );
}
