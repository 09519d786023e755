import { texts } from '../texts';

interface Props {
  problem: string | null;
  retry: () => void;
  isLoading: boolean;
}

export function LoadProblem({ problem, retry, isLoading }: Props) {
  return (
    <>
      <div role="alert">
        {problem && (
          <p className="form-problem">
            {problem}{' '}
            <button type="button" className="link" onClick={retry}>
              {texts.retry}
            </button>
          </p>
        )}
      </div>
      <p className="soft" role="status">
        {isLoading && texts.loading}
      </p>
    </>
  );
}
