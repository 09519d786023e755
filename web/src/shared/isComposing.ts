import type { KeyboardEvent } from 'react';

/** Whether a key is for a Chinese input method, as the Enter that confirms a word; 229 is how Safari tells. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229;
}
