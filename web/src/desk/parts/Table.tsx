import type { ReactNode } from 'react';

interface Props {
  caption: string;
  /** Their titles; a cell says its own in `data-title`, for where there is no room for columns. */
  columns: Record<string, string>;
  children: ReactNode;
}

export function Table({ caption, columns, children }: Props) {
  return (
    <table className="table table--cards">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {Object.values(columns).map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
