import { useState } from 'react';
import type { FormEvent } from 'react';
import { sentenceOf } from '../http';
import { hrefOf } from '../route';
import { search } from './api';
import { openAt } from './goal';
import { texts } from './texts';
import type { Found, Listed } from './types';
import { isDraft } from './useDocument';

interface Props {
  documents: Listed[];
  current: string | null;
}

/** Every topic by its category, the other files, and a search through all that is said. */
export function DocumentList({ documents, current }: Props) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState<Found[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    if (!words.trim()) {
      setFound(null);
      return;
    }
    try {
      setFound(await search(words));
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };

  const topics = documents.filter(({ name }) => !name.startsWith('='));
  const groups = [...new Set(topics.map(({ group }) => group))].sort((one, other) => one.localeCompare(other, 'zh-CN'));
  const others = documents.filter(({ name }) => name.startsWith('='));

  return (
    <nav className="documents" aria-label={texts.list}>
      <form role="search" onSubmit={(event) => void submit(event)}>
        <input
          type="search"
          aria-label={texts.searchIn}
          placeholder={texts.searching}
          value={words}
          onChange={(event) => {
            setWords(event.target.value);
            if (!event.target.value) setFound(null);
          }}
        />
        <button type="submit" className="button">
          {texts.search}
        </button>
      </form>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      <p className="soft" role="status">
        {found && (found.length > 0 ? texts.found(found.length) : texts.nothingFound)}
      </p>
      {found ? (
        <ul className="found">
          {found.map(({ document, title, path, label, excerpt }, index) => (
            <li key={index}>
              <a
                href={hrefOf({ page: 'content', document })}
                onClick={() => openAt(document, path)}
              >
                <b>{title}</b> <span className="soft">{label}</span>
                <span className="found-text">{excerpt}</span>
              </a>
            </li>
          ))}
        </ul>
      ) : (
        <>
          {groups.map((group) => (
            <Group key={group} title={group} documents={topics.filter((each) => each.group === group)} current={current} />
          ))}
          <Group title={texts.others} documents={others} current={current} />
        </>
      )}
    </nav>
  );
}

function Group({ title, documents, current }: Props & { title: string }) {
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {documents.map(({ name, title: said, problems, byHand }) => (
          <li key={name}>
            <a
              href={hrefOf({ page: 'content', document: name })}
              aria-current={name === current ? 'page' : undefined}
            >
              {said}
              {problems > 0 && <span className="badge">{texts.wrong(problems)}</span>}
              {byHand && <span className="mark">{texts.byHand}</span>}
              {isDraft(name) && <span className="dot" role="img" aria-label={texts.leave} />}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
