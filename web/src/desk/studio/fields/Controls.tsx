import { idOf } from '../data';
import type { Path } from '../data';
import { focusSoon, useForm } from '../form';
import { texts } from '../texts';

interface Props {
  path: Path;
  list: readonly unknown[];
  at: number;
  name: string;
}

/** Moves an item of a list, or takes it away. */
export function Controls({ path, list, at, name }: Props) {
  const { change } = useForm();

  const move = (to: number) => {
    const copy = [...list];
    const [item] = copy.splice(at, 1);
    copy.splice(to, 0, item);
    change(path, copy);
    focusSoon(idOf([...path, to]));
  };

  return (
    <span className="controls">
      <button
        type="button"
        className="icon-button"
        aria-label={texts.up(name)}
        disabled={at === 0}
        onClick={() => move(at - 1)}
      >
        ↑
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={texts.down(name)}
        disabled={at === list.length - 1}
        onClick={() => move(at + 1)}
      >
        ↓
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={texts.remove(name)}
        onClick={() => change([...path, at], undefined)}
      >
        ×
      </button>
    </span>
  );
}
