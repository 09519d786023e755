/** Whether putting the focus into a field is of use: a phone would open its keyboard over half of the page. */
export function hasKeyboard(): boolean {
  return window.matchMedia('(hover: hover) and (pointer: fine)').matches;
}
