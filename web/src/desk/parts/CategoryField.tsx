import { useDesk } from '../store';

interface Props {
  label: string;
  /** What the ticket has now: offered even when it is no category any more. */
  current: string;
  value: string;
  onChange: (category: string) => void;
}

/** What a ticket is about, out of the categories that agents sort by. */
export function CategoryField({ label, current, value, onChange }: Props) {
  const categories = useDesk((state) => state.me?.categories) ?? [];
  const all = categories.includes(current) ? categories : [current, ...categories];
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {all.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
