import { useState } from 'react';
import { Dialog } from '../parts/Dialog';
import { at, changes, idOf, keyOf, put, shown } from './data';
import { Differences } from './Differences';
import { labelOf } from './schema';
import { texts } from './texts';
import type { Conflict, Opened, Rules } from './types';

interface Props {
  conflict: Conflict;
  /** The file as it was when the edit began. */
  opened: Opened;
  schema: Rules;
  onSettle: (conflict: Conflict, merged: unknown) => void;
  onClose: () => void;
}

/** Two changed the same document: both versions, and what becomes of them. */
export function ConflictDialog({ conflict, opened, schema, onSettle, onClose }: Props) {
  const { document, merged, conflicts } = conflict;
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const label = (path: (typeof conflicts)[number]) => labelOf(schema, path, document.data);
  const others = changes(opened.data, document.data).map((path) => ({
    label: label(path),
    before: at(opened.data, path),
    after: at(document.data, path),
  }));

  const choose = (key: string, isTheirs: boolean) => {
    const next = new Set(theirs);
    if (isTheirs) next.add(key);
    else next.delete(key);
    setTheirs(next);
  };

  const settle = () => {
    const chosen = conflicts
      .filter((path) => theirs.has(keyOf(path)))
      .reduce((made, path) => put(made, path, at(document.data, path)), merged);
    onSettle(conflict, chosen);
  };

  const who = document.byHand || !document.last ? texts.someone : document.last.agent;
  return (
    <Dialog title={texts.conflictTitle} onClose={onClose} className="dialog--wide">
      <div className="form">
        <p>{texts.conflictExplain(who)}</p>
        <section>
          <h3>{texts.theirs}</h3>
          <Differences differences={others} />
        </section>
        {conflicts.map((path) => {
          const key = keyOf(path);
          const id = idOf(path);
          return (
            <fieldset key={key} className="part">
              <legend>
                {texts.choose} {label(path)}
              </legend>
              {[true, false].map((isTheirs) => (
                <label key={String(isTheirs)} className="check">
                  <input
                    type="radio"
                    name={id}
                    checked={theirs.has(key) === isTheirs}
                    onChange={() => choose(key, isTheirs)}
                  />
                  <span>
                    <b>{isTheirs ? texts.useTheirs : texts.useMine}</b>
                    <span className="version">
                      {shown(at(isTheirs ? document.data : merged, path)) || texts.empty}
                    </span>
                  </span>
                </label>
              ))}
            </fieldset>
          );
        })}
        <div className="form-actions">
          <button type="button" className="button button--main" onClick={settle}>
            {texts.takeOver}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
