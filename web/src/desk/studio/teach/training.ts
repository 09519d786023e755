// How long trainings take, and what became of them.
import type { Version } from './types';

/** As many of the last trainings tell how long one takes here. */
const LAST = 5;

export const trainsNow = ({ status }: Version): boolean => status === 'queued' || status === 'training';

/** Somebody called it off: it did not fail. */
export const isCancelled = ({ status, reason }: Version): boolean => status === 'failed' && reason === 'cancelled';

/** Since it was asked for, until it was done; of one that is under way, until `now` (in seconds). */
export const minutesOf = ({ time, finished }: Version, now: number): number =>
  Math.max(0, Math.floor(((finished || now) - time) / 60));

/** The shortest and the longest of the last trainings that were done, in minutes; null: there was none. */
export function usualMinutes(versions: Version[]): { least: number; most: number } | null {
  const took = versions
    .filter(({ status, finished }) => (status === 'ready' || status === 'gone') && finished > 0)
    .slice(0, LAST)
    .map(({ time, finished }) => Math.max(1, Math.round((finished - time) / 60)));
  return took.length > 0 ? { least: Math.min(...took), most: Math.max(...took) } : null;
}
