// How large everything is. All sizes of the style sheet follow the root's font size (rem).
import { useCallback, useLayoutEffect, useState } from 'react';

export const TEXT_SIZES = ['standard', 'large', 'largest'] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const KEY = 'ok-kefu-text-size';

export function useTextSize(): [TextSize, (size: TextSize) => void] {
  const [size, setSize] = useState(read);

  useLayoutEffect(() => {
    document.documentElement.dataset.textSize = size;
  }, [size]);

  const choose = useCallback((chosen: TextSize) => {
    setSize(chosen);
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // Storage can be switched off, above all in another site's iframe. It lasts until reloading.
    }
  }, []);
  return [size, choose];
}

function read(): TextSize {
  try {
    const kept = localStorage.getItem(KEY);
    return TEXT_SIZES.find((size) => size === kept) ?? 'standard';
  } catch {
    return 'standard';
  }
}
