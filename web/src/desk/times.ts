// How moments and spans are written.
import { texts } from './texts';

const CLOCK = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
const DAY = new Intl.DateTimeFormat('zh-CN', { month: 'long', day: 'numeric', weekday: 'long' });
const DAY_AND_YEAR = new Intl.DateTimeFormat('zh-CN', { year: 'numeric', month: 'long', day: 'numeric' });
const SHORT_DAY = new Intl.DateTimeFormat('zh-CN', { month: 'numeric', day: 'numeric' });

const toDate = (seconds: number) => new Date(seconds * 1000);

export const clock = (seconds: number): string => CLOCK.format(toDate(seconds));

export const isoDay = (date: Date): string => {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** The local day a moment is on; equal for moments of the same day. */
export const dayOf = (seconds: number): string => isoDay(toDate(seconds));

export function dayName(seconds: number, now = new Date()): string {
  const date = toDate(seconds);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (isoDay(date) === isoDay(now)) return texts.time.today;
  if (isoDay(date) === isoDay(yesterday)) return texts.time.yesterday;
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

/** The time of day, with the day where it is not today. */
export function moment(seconds: number): string {
  const isToday = dayOf(seconds) === isoDay(new Date());
  return isToday ? clock(seconds) : `${SHORT_DAY.format(toDate(seconds))} ${clock(seconds)}`;
}

/** A span that ticks: of the same width from one second to the next. */
export function ticking(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  if (hours >= 24) return span(whole);
  const rest = `${hours > 0 ? two(minutes) : minutes}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** A span, in the two units that matter. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return texts.time.seconds(whole);
  if (hours === 0) return texts.time.minutes(minutes, whole % 60);
  if (hours < 24) return texts.time.hours(hours, minutes % 60);
  return texts.time.days(Math.floor(hours / 24), hours % 24);
}
