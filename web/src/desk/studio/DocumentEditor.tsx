import { useCallback, useEffect, useMemo, useState } from 'react';
import { Dialog } from '../parts/Dialog';
import { LoadProblem } from '../parts/LoadProblem';
import { texts as common } from '../texts';
import { ConflictDialog } from './ConflictDialog';
import { at, changes, idOf, keyOf } from './data';
import type { Path } from './data';
import { EditList } from './EditList';
import { FormContext, focusSoon, reveal } from './form';
import type { FormState } from './form';
import { FormBody } from './FormBody';
import { onGoal, takeGoal } from './goal';
import { PreviewPane } from './PreviewPane';
import { labelOf } from './schema';
import { texts } from './texts';
import type { Form, Problem } from './types';
import { useDocument } from './useDocument';
import { usePreview } from './usePreview';

interface Props {
  name: string;
  titleOf: (document: string) => string;
  onSaved: () => void;
}

const START: Path = ['answer'];
type Shown = 'history' | 'discard' | 'preview' | null;

/** The form of one document, what customers would read, and what can be done with it. */
export function DocumentEditor({ name, titleOf, onSaved }: Props) {
  const edited = useDocument(name);
  const { form, data, change } = edited;
  const [path, setPath] = useState<Path>(name.startsWith('=') ? [] : START);
  const [open, setOpen] = useState<Shown>(null);
  const preview = usePreview(form, data, path);
  const problems = edited.refused.length > 0 ? edited.refused : (preview?.problems ?? []);
  const version = form?.document.version;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list shows who saved last
  useEffect(() => {
    if (version !== undefined) onSaved();
  }, [version]);

  useEffect(() => {
    if (!version) return;
    const go = () => {
      const goal = takeGoal(name);
      if (goal) focusSoon(idOf(goal));
    };
    go();
    return onGoal(go);
  }, [name, version]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when saving was refused
  useEffect(() => {
    const first = edited.refused.find(({ file }) => file === form?.document.file);
    if (first) reveal(idOf(nearest(data, first.path)));
  }, [edited.refused]);

  const look = useCallback((part: Path) => setPath(part), []);
  const state = useFormState(form, problems, change, look);

  if (!form || !state) {
    return <LoadProblem problem={edited.problem} retry={() => void edited.load()} isLoading={!edited.problem} />;
  }
  const { document, schema } = form;
  if (data === null) return <Broken problems={document.problems.filter(({ file }) => file === document.file)} />;

  const count = edited.isChanged ? changes(document.data, data).length : 0;
  return (
    <FormContext.Provider value={state}>
      <div className="editor">
        <div className="editor-form">
          {schema.description && <p className="soft">{schema.description}</p>}
          {edited.isStale && <p className="notice-bar">{texts.changedElsewhere}</p>}
          <ProblemList problems={problems} form={form} data={data} />
          <FormBody schema={schema} data={data} sections={document.sections} />
        </div>
        <aside className="editor-preview" aria-label={texts.preview}>
          <h3>{texts.preview}</h3>
          <PreviewPane shown={preview} />
        </aside>
        <div className="editor-bar">
          <p className="form-problem" role="alert">
            {edited.problem}
          </p>
          <p className="soft" role="status">
            {count > 0 ? texts.unsaved(count) : texts.clean}
          </p>
          <button type="button" className="button editor-look" onClick={() => setOpen('preview')}>
            {texts.preview}
          </button>
          <button type="button" className="button" onClick={() => setOpen('history')}>
            {texts.history}
          </button>
          <button type="button" className="button" disabled={count === 0} onClick={() => setOpen('discard')}>
            {texts.discard}
          </button>
          <button
            type="button"
            className="button button--main"
            disabled={count === 0 || edited.isSaving}
            onClick={() => void edited.save()}
          >
            {edited.isSaving ? texts.saving : texts.save}
          </button>
        </div>
      </div>
      {open === 'preview' && (
        <Dialog title={texts.preview} onClose={() => setOpen(null)}>
          <PreviewPane shown={preview} />
        </Dialog>
      )}
      {open === 'history' && (
        <Dialog title={texts.historyOf(titleOf(name))} onClose={() => setOpen(null)} className="dialog--wide">
          <EditList
            document={name}
            titleOf={titleOf}
            onUndone={(undone) => !edited.isChanged && edited.take(undone, undone.data)}
          />
        </Dialog>
      )}
      {open === 'discard' && (
        <Dialog title={texts.discardTitle} onClose={() => setOpen(null)}>
          <div className="form-actions">
            <button type="button" className="button" onClick={() => setOpen(null)}>
              {common.cancel}
            </button>
            <button
              type="button"
              className="button button--danger"
              data-first
              onClick={() => {
                setOpen(null);
                edited.discard();
              }}
            >
              {texts.discardSubmit}
            </button>
          </div>
        </Dialog>
      )}
      {edited.conflict && (
        <ConflictDialog
          conflict={edited.conflict}
          opened={document}
          schema={schema}
          onSettle={edited.settle}
          onClose={edited.closeConflict}
        />
      )}
    </FormContext.Provider>
  );
}

function useFormState(
  form: Form | null,
  problems: Problem[],
  change: FormState['change'],
  look: FormState['look'],
): FormState | null {
  return useMemo(() => {
    if (!form) return null;
    const wrong = new Map<string, string[]>();
    for (const { file, path, reason } of problems) {
      if (file !== form.document.file) continue;
      const key = keyOf(path);
      wrong.set(key, [...(wrong.get(key) ?? []), reason]);
    }
    return {
      definitions: form.schema.definitions ?? {},
      choices: form.choices,
      examples: new Map(form.examples.map(({ path, sentences }) => [keyOf(path), sentences])),
      problems: wrong,
      change,
      look,
    };
  }, [form, problems, change, look]);
}

/** The nearest part that has a field. */
function nearest(data: unknown, path: Path): Path {
  return path.length === 0 || at(data, path) !== undefined ? path : nearest(data, path.slice(0, -1));
}

interface ProblemListProps {
  problems: Problem[];
  form: Form;
  data: unknown;
}

/** All that is wrong, with the way to each field; of other files, too. */
function ProblemList({ problems, form, data }: ProblemListProps) {
  if (problems.length === 0) return null;
  const { document, schema } = form;
  return (
    <div className="problem-list">
      <p>{texts.problems(problems.length)}</p>
      <ul>
        {problems.map(({ file, line, path, reason }, index) => (
          <li key={index}>
            {file === document.file ? (
              <button type="button" className="link" onClick={() => reveal(idOf(nearest(data, path)))}>
                {labelOf(schema, path, data) || texts.goThere}
              </button>
            ) : (
              <b>{texts.otherFile(file, line)}</b>
            )}{' '}
            {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Broken({ problems }: { problems: Problem[] }) {
  return (
    <div className="problem-list" role="alert">
      <p>{texts.broken}</p>
      <ul>
        {problems.map(({ file, line, reason }, index) => (
          <li key={index}>
            <b>{texts.otherFile(file, line)}</b> {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}
