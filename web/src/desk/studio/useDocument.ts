// One document while it is edited: what was opened, what became of it, and how it is saved.
import { useCallback, useEffect, useRef, useState } from 'react';
import { sentenceOf } from '../http';
import { say } from '../store';
import * as api from './api';
import { put, same } from './data';
import type { Path } from './data';
import { pruned } from './schema';
import { texts } from './texts';
import type { Conflict, Form, Opened, Problem } from './types';

/** Between two looks whether the file was changed elsewhere. */
const LOOK_MS = 15_000;

interface Draft {
  document: Opened;
  data: unknown;
}

/** What is not saved yet stays while other documents are looked at. */
const drafts = new Map<string, Draft>();

window.addEventListener('beforeunload', (event) => {
  if (drafts.size > 0) event.preventDefault();
});

export const isDraft = (name: string): boolean => drafts.has(name);

export function useDocument(name: string) {
  const [form, setForm] = useState<Form | null>(null);
  const [data, setData] = useState<unknown>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [refused, setRefused] = useState<Problem[]>([]);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [isStale, setStale] = useState(false);
  const now = useRef({ form, data });
  now.current = { form, data };

  const take = useCallback((document: Opened, next: unknown) => {
    setForm((before) => before && { ...before, document });
    setData(next);
    setStale(false);
    setRefused([]);
  }, []);

  const load = useCallback(async () => {
    setProblem(null);
    try {
      const loaded = await api.fetchForm(name);
      const draft = drafts.get(name);
      setForm(draft ? { ...loaded, document: draft.document } : loaded);
      setData(draft ? draft.data : loaded.document.data);
      setStale(draft !== undefined && draft.document.version !== loaded.document.version);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  }, [name]);

  useEffect(() => {
    void load();
  }, [load]);

  // Edits by hand and of other leads come in by themselves, unless something is unsaved.
  useEffect(() => {
    const look = async () => {
      const { form: before } = now.current;
      if (document.hidden || !before || before.document.name !== name) return;
      const loaded = await api.fetchForm(name).catch(() => null);
      const { form: after, data: unsaved } = now.current;
      if (!loaded || after !== before || loaded.document.version === before.document.version) return;
      if (!same(before.document.data, unsaved)) {
        setStale(true);
        return;
      }
      setForm(loaded);
      setData(loaded.document.data);
      say(texts.reloaded);
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    const onFocus = () => void look();
    window.addEventListener('focus', onFocus);
    return () => {
      clearInterval(timer);
      window.removeEventListener('focus', onFocus);
    };
  }, [name]);

  const opened = form?.document ?? null;
  const isChanged = opened !== null && !same(opened.data, data);

  useEffect(() => {
    if (opened?.name !== name) return;
    if (isChanged) drafts.set(name, { document: opened, data });
    else drafts.delete(name);
  }, [name, opened, data, isChanged]);

  const change = useCallback((path: Path, value: unknown) => {
    setRefused((before) => (before.length > 0 ? [] : before)); // the next look says what is wrong
    setData((before: unknown) => put(before, path, value));
  }, []);

  const save = async () => {
    if (!form || isSaving) return;
    const { document, schema } = form;
    setSaving(true);
    setProblem(null);
    setRefused([]);
    try {
      const sent = pruned(data, schema, schema.definitions ?? {});
      const saved = await api.save(name, document.version, document.data, sent);
      take(saved, saved.data);
      say(texts.saved);
    } catch (error) {
      setRefused(api.problemsOf(error));
      setConflict(api.conflictOf(error));
      setProblem(sentenceOf(error));
    }
    setSaving(false);
  };

  /** Go on from the file as it is now, with both changes. */
  const settle = (found: Conflict, merged: unknown) => {
    take(found.document, merged);
    setConflict(null);
    setProblem(null);
  };

  const discard = () => {
    drafts.delete(name);
    if (opened) take(opened, opened.data);
    setProblem(null);
    void load();
  };

  return {
    form,
    data,
    change,
    problem,
    refused,
    conflict,
    closeConflict: () => setConflict(null),
    isSaving,
    isStale,
    isChanged,
    load,
    save,
    settle,
    discard,
    take,
  } as const;
}
